"""Character n-grams within words, hashed: the features of the linear model, computed in numpy alone.

Korean glues endings to its words, so that characters tell more than words do; punctuation and ㅠㅠ carry feeling and stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tagging.text import clean

SIZES = (1, 2, 3, 4, 5)
_SPACE = 32
# Odd multiplier of a polynomial hash, finished by a Murmur3-style avalanche (Appleby, 2011) so that its low bits are usable.
_BASE, _FINISH, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)


def hashed_ngrams(texts: Sequence[str], buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different n-grams of each text as `(buckets, owners)`, both (n occurrences,), sorted by owner, then bucket.

    N-grams of 1 to 5 characters stay inside a word, whose bounding spaces they may include; whole words and pairs of neighbouring
    words count too. `buckets` is a power of two.
    """
    points, owners = _code_points(texts)
    if not points.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    space = points == _SPACE
    found = [_windows(points, owners, space, size) for size in SIZES] + _words(points, owners, space)
    hashes = np.concatenate([hashed for hashed, _ in found])
    holders = np.concatenate([held for _, held in found])
    keys = np.unique(holders * buckets + (hashes & np.uint64(buckets - 1)).astype(np.int64))
    return keys % buckets, keys // buckets


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    padded = [f" {clean(text).lower()} " for text in texts]
    points = np.frombuffer("".join(padded).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    digits = (points >= 48) & (points <= 57)
    points[digits] = 48  # which number it is says nothing about feeling
    return points, np.repeat(np.arange(len(padded)), [len(text) for text in padded])


def _windows(
    points: NDArray[np.uint64], owners: NDArray[np.int64], space: NDArray[np.bool_], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    starts = np.arange(points.size - size + 1)
    valid = owners[starts] == owners[starts + size - 1]
    for offset in range(1, size - 1):
        valid &= ~space[starts + offset]
    # A pair of a space and nothing else, or of two spaces, is no n-gram of a word.
    valid &= ~(space[starts] & space[starts + size - 1]) if size < 3 else True
    starts = starts[valid]
    mixed = np.full(starts.size, size, dtype=np.uint64)
    for offset in range(size):
        mixed = _mix(mixed, points[starts + offset])
    return _finish(mixed), owners[starts]


def _words(
    points: NDArray[np.uint64], owners: NDArray[np.int64], space: NDArray[np.bool_]
) -> list[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """Whole words and neighbouring pairs, hashed by the sum of their characters' hashes with their places."""
    first = np.flatnonzero(~space & np.concatenate(([True], space[:-1])))
    if not first.size:
        return []
    last = np.flatnonzero(~space & np.concatenate((space[1:], [True])))
    at = np.arange(points.size)
    begins = np.zeros(points.size, np.int64)
    begins[first] = first
    places = at - np.maximum.accumulate(begins)
    hashed = _finish(_mix(places.astype(np.uint64) + np.uint64(77), points))
    hashed[space] = 0
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(hashed, dtype=np.uint64)))
    words = _finish(sums[last + 1] - sums[first])
    pairs = owners[first[:-1]] == owners[first[1:]]
    return [(words, owners[first]), (_finish(_mix(words[:-1], words[1:]))[pairs], owners[first[:-1]][pairs])]


def _mix(state: NDArray[np.uint64], value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (state ^ value) * _BASE
    result: NDArray[np.uint64] = mixed ^ (mixed >> _SHIFT)
    return result


def _finish(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    result: NDArray[np.uint64] = (state * _FINISH) >> _SHIFT
    return result
