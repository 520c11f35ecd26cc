"""Measures the recommender on judged diaries, beside simpler ways, with paired bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.judged import JudgedDiary
from recommender.measures import Interval, gain_interval, hit, mean_interval, ndcg, ratio_interval
from recommender.profile import profiles_of
from recommender.rankers import RandomInEmotionRanker, Ranker
from recommender.rows import IndexableSong

MEASURES = ("ndcg@3", "ndcg@10", "hit@3")
DEPTH = 10
SHOWN = 3
_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One way's figures.

    `measures` name to mean over diaries with interval; `coverage` is the share of all songs that some diary's first three hold;
    `diversity` the mean distance of two songs of the first three, half for another genre and half for other feelings; `unmatched`
    how many diaries found no song that shares any of their wording.
    """

    name: str
    measures: dict[str, Interval]
    coverage: float
    diversity: float
    unmatched: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first way against another on the same diaries: differences a measure, and the ratio of nDCG@3."""

    name: str
    gains: dict[str, Interval]
    ratio: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures: how many diaries and songs were measured on, each way's measures, and the first way against each of the others."""

    diaries: int
    songs: int
    ways: list[Measured]
    comparisons: list[Comparison]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def evaluate(diaries: Sequence[JudgedDiary], songs: Sequence[IndexableSong], rankers: Sequence[Ranker]) -> Evaluation:
    """Rank the songs for every diary in every way; the first way is compared with each of the others."""
    likeness = _Distances(songs)
    scored = {ranker.name: _score(ranker, diaries, likeness) for ranker in rankers}
    ways = [measured for measured, _ in scored.values()]
    own = scored[rankers[0].name][1]
    comparisons = [
        Comparison(
            ranker.name,
            {name: gain_interval(own[name], scored[ranker.name][1][name]) for name in MEASURES},
            ratio_interval(own["ndcg@3"], scored[ranker.name][1]["ndcg@3"]),
        )
        for ranker in rankers[1:]
    ]
    return Evaluation(len(diaries), len(songs), ways, comparisons)


class _Distances:
    """How far two songs lie apart, in [0, 1]."""

    def __init__(self, songs: Sequence[IndexableSong]) -> None:
        self.songs = len(songs)
        profiles = profiles_of(np.array([song.probabilities for song in songs], dtype=np.float32))
        self._facts = {song.song_id: (song.genre, profile) for song, profile in zip(songs, profiles, strict=True)}

    def mean(self, song_ids: Sequence[str]) -> float:
        """Mean over all pairs; 0 for a single song."""
        pairs = [self._distance(first, second) for first, second in combinations(song_ids, 2)]
        return sum(pairs) / len(pairs) if pairs else 0.0

    def _distance(self, first: str, second: str) -> float:
        (genre, profile), (other_genre, other_profile) = self._facts[first], self._facts[second]
        return 0.5 * (genre != other_genre) + 0.5 * (1 - float(profile @ other_profile))


def _score(ranker: Ranker, diaries: Sequence[JudgedDiary], distances: _Distances) -> tuple[Measured, Mapping[str, NDArray[np.float64]]]:
    draws = _DRAWS if isinstance(ranker, RandomInEmotionRanker) else 1
    values = {name: np.zeros(len(diaries)) for name in MEASURES}
    shown: set[str] = set()
    diversity, unmatched = 0.0, 0
    for place, diary in enumerate(diaries):
        for draw in range(draws):
            ranking = ranker.rank(diary.text, DEPTH, draw)
            ranked = ranking.song_ids
            values["ndcg@3"][place] += ndcg(ranked, diary.grades, 3) / draws
            values["ndcg@10"][place] += ndcg(ranked, diary.grades, 10) / draws
            values["hit@3"][place] += hit(ranked, diary.grades, 3) / draws
            diversity += distances.mean(ranked[:SHOWN]) / draws
            if draw == 0:
                shown.update(ranked[:SHOWN])
                unmatched += not ranking.is_matched
    intervals = {name: mean_interval(values[name]) for name in MEASURES}
    return Measured(ranker.name, intervals, len(shown) / distances.songs, diversity / len(diaries), unmatched), values
