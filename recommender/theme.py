"""What a text is about, as a short vector: a table of n-gram vectors that ships with the project, summed over the text.

The table was distilled from multilingual-e5-small (Wang et al., 2024; MIT) by a ridge regression from weighted n-grams to the encoder's
sentence vectors (`scripts/distil_theme.py`), so that a theme is felt without shared words (강아지, 산책), and neither an encoder nor a
tokenizer is needed. `THEME_TERMS` uint32 (m,), ascending: the terms that it knows; others add nothing. `THEME_TABLE` int8 (m, d): a row
a term; only directions matter, so it carries no scale. `CENTRES` float32 (2, d): the mean direction of diaries and of lyrics, which says
nothing about one of them and is taken off.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.background import idf
from tagging.tensors import open_array

THEME_TERMS, THEME_TABLE, CENTRES = (Path(__file__).with_name(f"theme{name}.npy") for name in ("_terms", "", "_centres"))
DIARY, LYRICS = 0, 1
# Rows turned into float32 at a time: a block that stays in the processor's cache.
_BLOCK = 2048

Vectors = NDArray[np.float32]
Themes = NDArray[np.int8]


@cache
def _terms() -> NDArray[np.uint32]:
    return open_array(THEME_TERMS)


@cache
def _table() -> NDArray[np.int8]:
    # Mapped: a diary touches a few hundred of its rows.
    return open_array(THEME_TABLE)


@cache
def _centres() -> Vectors:
    return open_array(CENTRES)


def theme_of_diary(terms: NDArray[np.uint32], counts: NDArray[np.float32]) -> Vectors:
    """Unit vector of one text given by its distinct terms and their counts: float32 (d,); zeros for a text without known terms."""
    rows, known = _rows_of(terms)
    total = term_weights(terms[known], counts[known]) @ _table()[rows[known]].astype(np.float32)
    return _directions(total[None, :], DIARY).reshape(-1)


def themes_of_songs(
    terms: NDArray[np.uint32], owners: NDArray[np.int32], counts: NDArray[np.float32], n_songs: int
) -> tuple[Themes, Vectors]:
    """Directions of songs, given each song's distinct terms; a song's row depends on its own terms alone.

    Returns int8 (n, d), and float32 (n,): the factor that makes each row a unit vector. Equal terms in a run are looked up once.
    """
    from scipy.sparse import coo_array

    first = np.flatnonzero(np.concatenate(([True], terms[1:] != terms[:-1]))) if terms.size else np.empty(0, dtype=np.int64)
    lengths = np.diff(np.append(first, terms.size))
    rows, known = (np.repeat(values, lengths) for values in _rows_of(terms[first]))
    used = np.zeros(_table().shape[0], dtype=np.bool_)
    used[rows[known]] = True
    # Only the rows that occur are converted: an addition of a few songs touches few.
    columns = (np.cumsum(used, dtype=np.int32) - 1)[rows[known]]
    kept = np.flatnonzero(used)
    weights: Any = coo_array((term_weights(terms[known], counts[known]), (owners[known], columns)), shape=(n_songs, kept.size))
    return rounded(_directions(weights.tocsr() @ _table()[kept].astype(np.float32), LYRICS))


def nearness(themes: Themes, scales: Vectors, theme: Vectors) -> Vectors:
    """Cosines of songs' directions (n, d), as `themes_of_songs` gives them, with a diary's (d,): float32 (n,); 0 without known terms."""
    found = np.empty(themes.shape[0], dtype=np.float32)
    block = np.empty((min(_BLOCK, themes.shape[0]), themes.shape[1]), dtype=np.float32)
    for start in range(0, themes.shape[0], _BLOCK):
        rows = block[: min(_BLOCK, themes.shape[0] - start)]
        np.copyto(rows, themes[start : start + _BLOCK])
        # Row by row, not as one matrix product: BLAS would round a song's score differently beside other songs.
        np.vecdot(rows, theme, out=found[start : start + _BLOCK])
    return found * scales


def term_weights(terms: NDArray[np.uint32], counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weight of each term in the sum: dampened count times rarity."""
    return np.asarray(np.sqrt(counts) * idf(terms), dtype=np.float32)


def _rows_of(terms: NDArray[np.uint32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Each term's row in the table, and whether it has one."""
    rows = np.minimum(np.searchsorted(_terms(), terms), _terms().size - 1).astype(np.int32)
    return rows, np.asarray(_terms()[rows] == terms)


def _directions(sums: Vectors, kind: int) -> Vectors:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    apart = sums / np.maximum(lengths, 1e-9) - _centres()[kind]
    apart[lengths[:, 0] == 0] = 0
    return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def rounded(directions: Vectors) -> tuple[Themes, Vectors]:
    """Directions (n, d) as int8, each row stretched to the whole range, and the factor float32 (n,) that makes it a unit vector again."""
    largest = np.abs(directions).max(axis=1, keepdims=True)
    rounded = np.rint(directions * (127 / np.maximum(largest, 1e-9)))
    scales = 1 / np.maximum(np.linalg.norm(rounded, axis=1), 1e-9)
    return rounded.astype(np.int8), scales.astype(np.float32)
