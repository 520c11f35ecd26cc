"""What every scorer owes: one class of tests that each scorer inherits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.build import build
from recommender.embedding import Encoder
from recommender.index import Index
from recommender.query import Wish, read_query
from recommender.scorers import (
    EmbeddingScorer,
    EmotionScorer,
    FreshnessScorer,
    LexicalScorer,
    PopularityScorer,
    Scorer,
    ThemeScorer,
    VarietyScorer,
)
from tagging.classifier import Classifier

DIARIES = ["슬픔 새벽 버스에서 눈물이 났다", "행복 바다", "zzz", "😀"]


def scores_by_song(
    folder: Path, songs: Sequence[Any], scorer: Scorer, diary: str, classifier: Classifier, encoder: Encoder | None = None
) -> dict[str, float]:
    build(folder, songs, "v1", datetime(2026, 11, 1, tzinfo=UTC), encoder)
    index = Index.open(folder)
    assert index is not None
    query = read_query(diary, classifier, Wish(seed=4), encoder)
    found: dict[str, float] = {}
    for live in index.segments:
        for emotion in range(7):
            start, end = (int(live.segment.emotion_starts[place]) for place in (emotion, emotion + 1))
            scores = scorer.score(query, live.segment, emotion)
            assert scores.dtype == np.float32
            assert scores.shape == (end - start,)
            found |= {live.segment.record(start + place).song_id: float(score) for place, score in enumerate(scores)}
    return found


class ScorerContract:
    @pytest.fixture
    def scorer(self) -> Scorer:
        raise NotImplementedError

    @pytest.fixture
    def encoder(self) -> Encoder | None:
        return None

    @pytest.mark.parametrize("diary", DIARIES)
    def test_every_song_gets_a_number_from_0_to_1(
        self, scorer: Scorer, tmp_path: Path, songs: Sequence[Any], classifier: Classifier, encoder: Encoder | None, diary: str
    ) -> None:
        found = scores_by_song(tmp_path / "index", songs, scorer, diary, classifier, encoder)
        assert found.keys() == {song.song_id for song in songs}
        assert all(0 <= score <= 1 for score in found.values())

    def test_a_song_s_score_does_not_depend_on_the_others(
        self, scorer: Scorer, tmp_path: Path, make_song: Callable[..., Any], classifier: Classifier, encoder: Encoder | None
    ) -> None:
        songs = [make_song(number) for number in range(60)]
        together = scores_by_song(tmp_path / "many", songs, scorer, DIARIES[0], classifier, encoder)
        for song in songs[::7]:
            alone = scores_by_song(tmp_path / song.song_id, [song], scorer, DIARIES[0], classifier, encoder)
            assert alone[song.song_id] == together[song.song_id]

    def test_the_same_question_gets_the_same_scores(
        self, scorer: Scorer, tmp_path: Path, songs: Sequence[Any], classifier: Classifier, encoder: Encoder | None
    ) -> None:
        first, again = (scores_by_song(tmp_path / name, songs, scorer, DIARIES[0], classifier, encoder) for name in ("a", "b"))
        assert first == again


class TestEmotionScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return EmotionScorer()


class TestLexicalScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return LexicalScorer()


class TestThemeScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return ThemeScorer()

    def test_a_theme_is_felt_without_a_shared_word(
        self, scorer: Scorer, tmp_path: Path, make_song: Callable[..., Any], classifier: Classifier
    ) -> None:
        pet = make_song(1, lyrics="강아지가 꼬리를 흔들며\n산책을 기다리네")
        exam = make_song(2, lyrics="시험지를 받아 들고\n성적이 걱정되네")
        found = scores_by_song(tmp_path, [pet, exam], scorer, "고양이 사료를 샀다. 반려동물은 가족이다.", classifier)
        assert found[pet.song_id] > found[exam.song_id]


class TestEmbeddingScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return EmbeddingScorer()

    @pytest.fixture
    def encoder(self, word_encoder: Encoder) -> Encoder:
        return word_encoder

    def test_without_an_encoder_there_is_nothing_to_score(
        self, scorer: Scorer, tmp_path: Path, songs: Sequence[Any], classifier: Classifier
    ) -> None:
        with pytest.raises(ValueError, match="same sentence encoder"):
            scores_by_song(tmp_path, songs, scorer, DIARIES[0], classifier)


class TestPopularityScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return PopularityScorer()


class TestFreshnessScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return FreshnessScorer()


class TestVarietyScorer(ScorerContract):
    @pytest.fixture
    def scorer(self) -> Scorer:
        return VarietyScorer()
