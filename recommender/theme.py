"""What a text is about, as a short vector: a table of n-gram vectors that ships with the project, summed over the text.

The table was distilled from multilingual-e5-small (Wang et al., 2024; MIT) by a ridge regression from weighted n-grams to the encoder's
sentence vectors, so that a theme is felt without shared words (강아지, 산책), and neither an encoder nor a tokenizer is needed.
`THEME_TABLE` int8 (65536, d): a row for each value of a term's first 16 bits; only directions matter, so it carries no scale.
`CENTRES` float32 (2, d): the mean direction of diaries and of lyrics, which says nothing about one of them and is taken off.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.background import idf

THEME_TABLE, CENTRES = (Path(__file__).with_name(name) for name in ("theme.npy", "theme_centres.npy"))
DIARY, LYRICS = 0, 1
_SHIFT = np.uint32(16)

Vectors = NDArray[np.float32]


@cache
def _table() -> NDArray[np.int8]:
    # Mapped: a diary touches a few hundred of its rows.
    return np.asarray(np.load(THEME_TABLE, mmap_mode="r", allow_pickle=False))


@cache
def _centres() -> Vectors:
    centres: Vectors = np.load(CENTRES, allow_pickle=False)
    return centres


def theme_of_diary(terms: NDArray[np.uint32], counts: NDArray[np.float32]) -> Vectors:
    """Unit vector of one text given by its distinct terms and their counts: float32 (d,); zeros for a text without terms."""
    weights = term_weights(terms, counts)
    total = weights @ _table()[terms >> _SHIFT].astype(np.float32)
    return _directions(total[None, :], DIARY).reshape(-1)


def themes_of_songs(terms: NDArray[np.uint32], owners: NDArray[np.int32], counts: NDArray[np.float32], n_songs: int) -> Vectors:
    """Unit vectors of songs, float32 (n, d), given each song's distinct terms; a song's vector depends on its own terms alone."""
    from scipy.sparse import coo_array

    columns = (terms >> _SHIFT).astype(np.int32)
    used = np.zeros(_table().shape[0], dtype=np.bool_)
    used[columns] = True
    rows = np.flatnonzero(used)
    # Only the rows that occur are converted: an addition of a few songs touches few.
    columns = (np.cumsum(used, dtype=np.int32) - 1)[columns]
    weights: Any = coo_array((term_weights(terms, counts), (owners, columns)), shape=(n_songs, rows.size))
    return _directions(weights.tocsr() @ _table()[rows].astype(np.float32), LYRICS)


def term_weights(terms: NDArray[np.uint32], counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weight of each term in the sum: dampened count times rarity."""
    return np.asarray(np.sqrt(counts) * idf(terms), dtype=np.float32)


def _directions(sums: Vectors, kind: int) -> Vectors:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    apart = sums / np.maximum(lengths, 1e-9) - _centres()[kind]
    apart[lengths[:, 0] == 0] = 0
    return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9), dtype=np.float32)
