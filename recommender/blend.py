"""The blend: a weighted sum of scorers, so that every score can be taken apart again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.index import LiveSegment
from recommender.query import Query, Wish
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
from recommender.segment import Segment, SongRecord, hash_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each reason counts. They need not sum to 1; a weight of 0 leaves the scorer out."""

    emotion: float = 0.13
    lexical: float = 0.20
    theme: float = 0.65
    embedding: float = 0.0
    popularity: float = 0.02
    freshness: float = 0.0
    variety: float = 0.12


# With a sentence encoder its view of the subject goes before the table's.
WITH_ENCODER = Weights(emotion=0.05, lexical=0.10, theme=0.20, embedding=0.63)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A song that passed the filters, with its score and the parts that sum to it."""

    segment: Segment
    row: int
    score: float
    parts: dict[str, float]
    record: SongRecord


@dataclass(frozen=True, slots=True)
class _Place:
    """A scored row, before its record is read."""

    segment: Segment
    row: int
    score: float
    parts: dict[str, float]


class Blend:
    """Scores songs by all weighted scorers."""

    def __init__(self, weights: Weights) -> None:
        pairs: list[tuple[Scorer, float]] = [
            (EmotionScorer(), weights.emotion),
            (LexicalScorer(), weights.lexical),
            (ThemeScorer(), weights.theme),
            (EmbeddingScorer(), weights.embedding),
            (PopularityScorer(), weights.popularity),
            (FreshnessScorer(), weights.freshness),
            (VarietyScorer(), weights.variety),
        ]
        self._pairs = [(scorer, weight) for scorer, weight in pairs if weight > 0]

    def best(self, query: Query, segments: Sequence[LiveSegment], emotions: Sequence[int], limit: int) -> list[Candidate]:
        """The `limit` best songs of some emotions over all segments, best first; equal scores in order of song id."""
        found = [place for emotion in emotions for live in segments for place in self._best_of_segment(query, live, emotion, limit)]
        if len(found) > limit:
            found.sort(key=lambda place: -place.score)
            last = found[limit - 1].score
            found = [place for place in found if place.score >= last]
        # Only now, for the few that are left, is a song's record read.
        candidates = [Candidate(place.segment, place.row, place.score, place.parts, place.segment.record(place.row)) for place in found]
        candidates.sort(key=lambda candidate: (-candidate.score, candidate.record.song_id))
        return candidates[:limit]

    def _best_of_segment(self, query: Query, live: LiveSegment, emotion: int, limit: int) -> Iterator[_Place]:
        segment = live.segment
        allowed = allowed_rows(query.wish, live, emotion)
        n_rows = int(segment.emotion_starts[emotion + 1] - segment.emotion_starts[emotion])
        if (n_rows if allowed is None else allowed.size) == 0:
            return
        parts: dict[str, NDArray[np.float32]] = {}
        totals = np.zeros(n_rows if allowed is None else allowed.size)
        for scorer, weight in self._pairs:
            values = scorer.score(query, segment, emotion) * np.float32(weight)
            parts[scorer.name] = values if allowed is None else values[allowed]
            totals += parts[scorer.name]
        start = int(segment.emotion_starts[emotion])
        for place in _top(totals, limit):
            shares = {name: float(values[place]) for name, values in parts.items()}
            yield _Place(segment, start + int(place if allowed is None else allowed[place]), sum(shares.values()), shares)


def _top(totals: NDArray[np.float64], limit: int) -> NDArray[np.int64]:
    """Positions of the `limit` largest and of all that equal the last of them, so that ties can be settled by id afterwards."""
    if totals.size <= limit:
        return np.arange(totals.size)
    threshold = np.partition(totals, totals.size - limit)[totals.size - limit]
    return np.flatnonzero(totals >= threshold)


def allowed_rows(wish: Wish, live: LiveSegment, emotion: int) -> NDArray[np.int64] | None:
    """Positions within the emotion's run of one segment that are alive and pass the filters: int64, ascending; None for all."""
    if live.dead is None and not wish.filters:
        return None
    segment = live.segment
    rows = slice(int(segment.emotion_starts[emotion]), int(segment.emotion_starts[emotion + 1]))
    keep = np.ones(rows.stop - rows.start, dtype=np.bool_)
    if live.dead is not None:
        keep &= ~live.dead[rows]
    if wish.genres:
        codes = [code for code, name in enumerate(segment.genre_names) if name in wish.genres]
        keep &= np.isin(segment.genres[rows], codes)
    if wish.years is not None:
        keep &= (segment.years[rows] >= wish.years[0]) & (segment.years[rows] <= wish.years[1])
    if wish.min_likes > 0:
        keep &= segment.likes[rows] >= wish.min_likes
    if wish.exclude:
        hashes = np.fromiter((hash_id(song_id) for song_id in wish.exclude), dtype=np.uint64, count=len(wish.exclude))
        keep &= ~np.isin(segment.id_hashes[rows], hashes)
    return np.flatnonzero(keep)
