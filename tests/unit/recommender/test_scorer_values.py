"""What the scorers give, number by number, on columns small enough to reckon by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recommender.query import Wish
from recommender.scorers import (
    EmbeddingScorer,
    EmotionScorer,
    FreshnessScorer,
    LexicalScorer,
    PopularityScorer,
    ThemeScorer,
    VarietyScorer,
)

HASHES = np.arange(1, 4097, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
WORD = 1 << 64


def scored(scorer: Any, query: Any, **columns: Any) -> np.ndarray:
    """The scores of songs that all have one emotion, behind one song of another."""
    n = len(next(iter(columns.values())))
    behind = {name: np.concatenate([column[:1], column]) for name, column in columns.items()}
    segment = SimpleNamespace(emotion_starts=np.array([0, 1, n + 1]), **behind)
    found = scorer.score(query, segment, 1)
    assert (found.dtype, found.shape) == (np.float32, (n,))
    return np.asarray(found)


def test_likeness_of_feeling_is_the_cosine_and_never_leaves_its_bounds() -> None:
    profiles = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0], [1.0001, 0]], dtype=np.float64)
    query = SimpleNamespace(target=np.array([1, 0], dtype=np.float64))
    np.testing.assert_array_equal(scored(EmotionScorer(), query, profiles=profiles), np.array([1, 0.6, 0, 0, 1], dtype=np.float32))


def test_likeness_of_subject_is_the_cosine_by_the_songs_own_scale_and_never_leaves_its_bounds() -> None:
    themes = np.array([[100, 0], [60, 80], [0, 50], [-10, 0], [127, 0]], dtype=np.int8)
    scales = np.array([0.01, 0.01, 0.02, 0.1, 0.01], dtype=np.float32)
    query = SimpleNamespace(theme=np.array([1, 0], dtype=np.float32))
    np.testing.assert_allclose(scored(ThemeScorer(), query, themes=themes, theme_scales=scales), [1, 0.6, 0, 0, 1], rtol=1e-6)


def test_likeness_by_the_encoder_is_the_cosine_and_asks_for_vectors_on_both_sides() -> None:
    vectors = np.array([[100, 0], [60, 80], [0, 50], [-10, 0], [127, 0]], dtype=np.int8)
    columns = {"embeddings": vectors, "embedding_scales": np.array([0.01, 0.01, 0.02, 0.1, 0.01], dtype=np.float32)}
    query = SimpleNamespace(embedding=np.array([1, 0], dtype=np.float64))
    np.testing.assert_allclose(scored(EmbeddingScorer(), query, **columns), [1, 0.6, 0, 0, 1], rtol=1e-6)
    for asking, segment in (
        (SimpleNamespace(embedding=None), SimpleNamespace(**columns)),
        (query, SimpleNamespace(**columns | {"embeddings": None})),
        (query, SimpleNamespace(**columns | {"embedding_scales": None})),
    ):
        with pytest.raises(ValueError, match=r"^the embedding scorer needs an index and a query made with the same sentence encoder$"):
            EmbeddingScorer().score(asking, segment, 1)  # type: ignore[arg-type]


def lexical(raw: list[float], best: float) -> np.ndarray:
    query = SimpleNamespace(terms=np.array([5]), term_weights=np.array([1.0]), best_lexical=best)
    segment = SimpleNamespace(lexical=lambda emotion, terms, weights: np.array(raw) * terms[0] * weights[0] * emotion)
    found = LexicalScorer().score(query, segment, 1)  # type: ignore[arg-type]
    assert found.dtype == np.float32
    return found


def test_sharing_eight_hundredths_of_the_best_wording_is_one_half() -> None:
    np.testing.assert_allclose(lexical([0, 0.08, 0.2, 1], best=5.0), [0, 0.5, 0.2 / 0.28, 1 / 1.08], rtol=1e-6)


def test_a_diary_whose_best_is_small_or_nothing_is_judged_alike() -> None:
    np.testing.assert_allclose(lexical([0.008], best=0.5), [0.5], rtol=1e-6)
    assert lexical([0.0], best=0.0).tolist() == [0.0]


def test_freshness_halves_every_eight_years_and_is_nothing_without_a_year() -> None:
    years = np.array([2026, 2025, 2018, 2010, 2030, 1, 0, -1])
    wanted = [1, 2 ** (-1 / 8), 0.5, 0.25, 1, 0, 0, 0]
    np.testing.assert_allclose(scored(FreshnessScorer(), None, years=years), wanted, atol=1e-6)
    np.testing.assert_allclose(scored(FreshnessScorer(2020, 2.0), None, years=years), [1, 1, 0.5, 2**-5, 1, 0, 0, 0], atol=1e-6)
    assert scored(FreshnessScorer(1, 1.0), None, years=np.array([1])).tolist() == [1.0]


def test_popularity_is_the_stored_prior() -> None:
    assert scored(PopularityScorer(), None, popularity=np.array([0.25, 1.0])).tolist() == [0.25, 1.0]


def variety(seed: int | None) -> np.ndarray:
    return scored(VarietyScorer(), SimpleNamespace(wish=Wish(seed=seed)), id_hashes=HASHES)


def mixed(seed: int) -> list[float]:
    """The same hash in whole numbers of any size."""
    found = []
    for song in map(int, HASHES):
        first = ((song ^ seed) * 0x9E3779B97F4A7C15) % WORD
        last = ((first ^ (first >> 31)) * 0xBF58476D1CE4E5B9) % WORD
        found.append((last >> 40) / (1 << 24))
    return found


def test_without_a_seed_there_is_no_variety() -> None:
    assert not variety(None).any()


@pytest.mark.parametrize("seed", [0, 4, 2**63 + 1])
def test_a_seed_always_draws_the_same_numbers(seed: int) -> None:
    np.testing.assert_allclose(variety(seed), mixed(seed), atol=1e-6)


def test_a_seed_of_any_size_or_sign_will_do() -> None:
    np.testing.assert_array_equal(variety(WORD + 4), variety(4))
    np.testing.assert_array_equal(variety(-1), variety(WORD - 1))
    assert (variety(4) != variety(5)).all()


def test_the_draw_is_even() -> None:
    counts, _ = np.histogram(variety(4), bins=8, range=(0, 1))
    assert counts.min() > 4096 / 8 * 0.8
