"""How rare each term is in Korean at large: a small frozen table that ships with the project.

BM25 weighs a term by how few documents hold it. Counting that in the stored songs would let every added song shift every other song's
score; a frozen background keeps scores comparable across data sets and makes an incremental add equal to a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.ngrams import terms_of
from tagging.tensors import open_array

TABLE_FILE = Path(__file__).with_name("background.npy")
_BITS = 17
_LINES_PER_DOCUMENT = 12
# Terms about as common as an ending (었다, 에서) say nothing of a text's subject.
_ENDING = 2.0


@cache
def _table() -> NDArray[np.float32]:
    table: NDArray[np.float32] = open_array(TABLE_FILE).astype(np.float32)
    return table


def idf(terms: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Inverse document frequency of each term: float32, same shape, all positive."""
    found: NDArray[np.float32] = _table()[terms >> np.uint32(32 - _BITS)]
    return found


def telling(terms: NDArray[np.uint32]) -> NDArray[np.float32]:
    """How much each term tells what a text is about: its idf beyond that of a common ending, float32, same shape, 0 for endings."""
    return np.asarray(np.maximum(idf(terms) - np.float32(_ENDING), 0), dtype=np.float32)


def measure(lines: Sequence[str]) -> NDArray[np.float16]:
    """Count a corpus of lines into an idf table, float16 (131072,).

    A dozen lines make up one document, about a verse or a diary page. Terms that share a table entry share a weight.
    idf = ln(1 + (N - df + 0.5) / (df + 0.5)), as in BM25 (Robertson and Zaragoza, 2009).
    """
    documents = list(_documents(lines))
    terms, owners = terms_of(documents)
    entries = (terms >> np.uint32(32 - _BITS)).astype(np.uint64)
    pairs = np.unique((owners.astype(np.uint64) << np.uint64(_BITS)) | entries)
    frequency = np.bincount((pairs & np.uint64((1 << _BITS) - 1)).astype(np.int64), minlength=1 << _BITS)
    return np.log1p((len(documents) - frequency + 0.5) / (frequency + 0.5)).astype(np.float16)


def _documents(lines: Sequence[str]) -> Iterable[str]:
    for start in range(0, len(lines), _LINES_PER_DOCUMENT):
        yield "\n".join(lines[start : start + _LINES_PER_DOCUMENT])
