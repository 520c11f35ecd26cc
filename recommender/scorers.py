"""Scorers: each gives every song of one emotion in one segment a number in [0, 1], for one reason.

No scorer looks at other songs to score one, so adding a song never changes another's score.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.query import Query
from recommender.segment import Segment
from recommender.theme import nearness

Scores = NDArray[np.float32]

# The share of the best possible BM25 score at which the lexical score is one half: a lyric that a person would call "about the same thing".
_HALF = 0.08


class Scorer(Protocol):
    """One reason to choose a song."""

    name: str

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """Float32 (songs of that emotion in the segment,), each in [0, 1]."""


def _rows(segment: Segment, emotion: int) -> slice:
    return slice(int(segment.emotion_starts[emotion]), int(segment.emotion_starts[emotion + 1]))


class EmotionScorer:
    """How near the song's seven emotions are to those wanted: the cosine of all emotions, as the original's slides mean it."""

    name = "emotion"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """Dot product of two unit profiles."""
        # Row by row, not as one matrix product: BLAS would round a song's score differently beside other songs.
        near = np.vecdot(segment.profiles[_rows(segment, emotion)], query.target)
        return np.asarray(np.clip(near, 0.0, 1.0), dtype=np.float32)


class LexicalScorer:
    """How much of the diary's wording the lyric shares: BM25 on character n-grams (Robertson and Zaragoza, 2009), squashed into [0, 1)."""

    name = "lexical"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """BM25 as a share of the best possible for this diary, then x / (x + 0.08)."""
        raw = segment.lexical(emotion, query.terms, query.term_weights)
        share = raw / np.float32(max(query.best_lexical, 1e-9))
        return np.asarray(share / (share + np.float32(_HALF)), dtype=np.float32)


class ThemeScorer:
    """How near the song's subject is to the diary's, felt without shared words: the cosine of theme vectors (`recommender.theme`)."""

    name = "theme"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """Dot product of two unit vectors; 0 for songs on other subjects."""
        rows = _rows(segment, emotion)
        near = nearness(segment.themes[rows], segment.theme_scales[rows], query.theme)
        return np.asarray(np.clip(near, 0.0, 1.0), dtype=np.float32)


class EmbeddingScorer:
    """As `ThemeScorer`, with the vectors of a sentence encoder instead of a table's; only for an index that was built with it."""

    name = "embedding"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """Dot product of two unit vectors; 0 for songs on other subjects. Raises ValueError where index or query have no vectors."""
        if query.embedding is None or segment.embeddings is None or segment.embedding_scales is None:
            raise ValueError("the embedding scorer needs an index and a query made with the same sentence encoder")
        rows = _rows(segment, emotion)
        near = nearness(segment.embeddings[rows], segment.embedding_scales[rows], query.embedding)
        return np.asarray(np.clip(near, 0.0, 1.0), dtype=np.float32)


class PopularityScorer:
    """How many people like the song, on a logarithmic scale up to a million."""

    name = "popularity"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:  # noqa: ARG002 (the contract of all scorers)
        """The precomputed prior."""
        return np.asarray(segment.popularity[_rows(segment, emotion)], dtype=np.float32)


class FreshnessScorer:
    """How recently the song came out, against a fixed year rather than today, so that the same data answers the same tomorrow."""

    name = "freshness"

    def __init__(self, newest_year: int = 2026, half_life: float = 8.0) -> None:
        self._newest_year = newest_year
        self._half_life = half_life

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:  # noqa: ARG002 (the contract of all scorers)
        """Halves every `half_life` years; 0 where the year is unknown."""
        years = np.asarray(segment.years[_rows(segment, emotion)], dtype=np.float32)
        age = np.maximum(self._newest_year - years, 0.0)
        return np.where(years > 0, np.exp2(-age / self._half_life), 0.0).astype(np.float32)


class VarietyScorer:
    """A reproducible number per (seed, song): another seed, another choice among songs that fit about equally."""

    name = "variety"

    def score(self, query: Query, segment: Segment, emotion: int) -> Scores:
        """Uniform in [0, 1), a hash of the seed and the song's id; 0 for all without a seed."""
        hashes = np.asarray(segment.id_hashes[_rows(segment, emotion)])
        if query.wish.seed is None:
            return np.zeros(hashes.shape, dtype=np.float32)
        mixed = (hashes ^ np.uint64(query.wish.seed & 0xFFFFFFFFFFFFFFFF)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
        return ((mixed >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)).astype(np.float32)
