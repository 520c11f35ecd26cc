"""Measures of a ranked list against grades, and intervals by resampling diaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
GOOD = 2

Values = NDArray[np.float64]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of the first `k`, gain 2^grade - 1 (Burges et al., 2005): in [0, 1]."""
    best = sorted(grades.values(), reverse=True)[:k]
    return _gain([grades.get(song_id, 0) for song_id in ranked[:k]]) / _gain(best)


def hit(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """1 when a song of grade 2 or 3 is among the first `k`, else 0."""
    return float(any(grades.get(song_id, 0) >= GOOD for song_id in ranked[:k]))


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / float(np.log2(place + 2)) for place, grade in enumerate(grades))


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def mean_interval(values: Values) -> Interval:
    """Mean over diaries, (n,), with its bootstrap percentile interval (Efron, 1979)."""
    return _interval(values.size, lambda rows: values[rows].mean(axis=-1))


def gain_interval(own: Values, other: Values) -> Interval:
    """Mean of the paired differences, own minus other, both (n,): the same diaries are drawn for both."""
    return mean_interval(own - other)


def ratio_interval(own: Values, other: Values) -> Interval:
    """Ratio of the means, own to other, both (n,): the same diaries are drawn for both."""
    return _interval(own.size, lambda rows: own[rows].mean(axis=-1) / np.maximum(other[rows].mean(axis=-1), 1e-9))


def _interval(size: int, figure: Callable[[NDArray[np.int64]], Values]) -> Interval:
    rows = np.random.default_rng(0).integers(0, size, (RESAMPLES, size))
    low, high = np.percentile(figure(rows), (2.5, 97.5))
    return Interval(float(figure(np.arange(size))), float(low), float(high))
