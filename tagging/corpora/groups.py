"""Groups of sentences that must stand on one side of a split: equal sentences, and near-copies of one another.

Near-copies are found by MinHash (Broder, 1997) over character 3-grams of the sentence without spaces and punctuation, in bands, and kept
when their estimated Jaccard similarity is high. Groups are connected components.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tagging.text import clean

_LETTERS = re.compile(r"[^\w]|_", re.UNICODE)
_BANDS, _ROWS = 10, 3
# Share of equal MinHash values at which two sentences count as copies; 30 values estimate a similarity to about 0.08.
_COPY = 0.7
_SHIFT = np.uint64(32)


def key_of(text: str) -> str:
    """What makes two sentences equal: letters and digits of the cleaned text, lower case."""
    return _LETTERS.sub("", clean(text)).lower() or clean(text)


def groups_of(keys: Sequence[str]) -> NDArray[np.int64]:
    """A group number, int64 (n,), per key (see `key_of`): the position of its group's first member."""
    unique: dict[str, int] = {}
    owner = np.array([unique.setdefault(key, len(unique)) for key in keys], dtype=np.int64)
    parents = list(range(len(unique)))
    signatures = _signatures(list(unique))
    for band in range(_BANDS):
        part = signatures[:, band * _ROWS : (band + 1) * _ROWS]
        inverse = np.unique(part, axis=0, return_inverse=True)[1].ravel()
        order = np.argsort(inverse, kind="stable")
        for first, second in pairwise(order.tolist()):
            if inverse[first] == inverse[second] and (signatures[first] == signatures[second]).mean() >= _COPY:
                _join(parents, first, second)
    roots = np.array([_root(parents, number) for number in range(len(parents))], dtype=np.int64)
    positions = np.full(len(unique), len(keys), dtype=np.int64)
    np.minimum.at(positions, roots[owner], np.arange(len(keys)))
    result: NDArray[np.int64] = positions[roots[owner]]
    return result


def _signatures(keys: Sequence[str]) -> NDArray[np.uint32]:
    """MinHash values, uint32 (n, 30)."""
    padded = [f"\x02{key[:300]}\x03" if len(key) > 1 else f"\x02{key}\x03\x03"[:4] for key in keys]
    points = np.frombuffer("".join(padded).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    lengths = np.array([len(text) for text in padded])
    ends = np.cumsum(lengths)
    inside = np.ones(points.size, dtype=np.bool_)
    inside[ends - 1] = inside[ends - 2] = False
    starts = np.flatnonzero(inside)
    grams = ((points[starts] << np.uint64(42)) ^ (points[starts + 1] << np.uint64(21)) ^ points[starts + 2]) * np.uint64(0x9E3779B97F4A7C15)
    firsts = np.concatenate(([0], np.cumsum(lengths - 2)[:-1]))
    multipliers = np.random.default_rng(7).integers(1, 1 << 63, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
    columns = [np.minimum.reduceat((((grams ^ (grams >> _SHIFT)) * number) >> _SHIFT).astype(np.uint32), firsts) for number in multipliers]
    return np.stack(columns, axis=1)


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _join(parents: list[int], first: int, second: int) -> None:
    first, second = _root(parents, first), _root(parents, second)
    parents[max(first, second)] = min(first, second)
