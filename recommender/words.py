"""Whole words as scikit-learn's vectorisers split them by default: the original project's lexical features."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"(?u)\b\w\w+\b")


def words_of(text: str) -> list[str]:
    """Lower-cased runs of two and more word characters, in order."""
    return _WORD.findall(text.lower())


def word_keys(words: Iterable[str]) -> NDArray[np.uint64]:
    """64-bit keys of words, uint64 (n,), the same in every process."""
    return np.frombuffer(b"".join([_digest(word) for word in words]), dtype="<u8").astype(np.uint64, copy=False)


def _digest(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
