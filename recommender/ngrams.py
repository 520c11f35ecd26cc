"""Character n-grams within words, hashed: the lexical features of diaries and lyrics.

Korean glues endings to its words (사랑이, 사랑을), so that two texts on the same thing share few whole words and many character pairs.
Whole arrays of code points are hashed at once, since a Python loop per n-gram would make up nearly all of an index build.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Terms = NDArray[np.uint32]

_SIZES = (2, 3)
# Odd multipliers of a polynomial hash, finished by a Murmur3-style avalanche (Appleby, 2011) so that any bits serve as a table index.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_FINISH = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)


def normalise(text: str) -> str:
    """NFC and lower case; marks and spaces stay as they are, since no n-gram crosses them (see `terms_of`)."""
    return unicodedata.normalize("NFC", text).lower()


def terms_of(texts: Sequence[str]) -> tuple[Terms, NDArray[np.int32]]:
    """Hash every 2- and 3-gram within words of every text.

    Returns `(terms, owners)`, both of shape (n occurrences,): the hash as uint32, and the position of its text as int32. A word of one
    character counts as a 2-gram of its own, so that it can be found too.
    """
    points, owners = _code_points(texts)
    inside = _WORD_TABLE[np.minimum(points, _TABLE_SIZE - 1)]
    hashes: list[NDArray[np.uint32]] = []
    places: list[NDArray[np.int32]] = []
    for size in _SIZES:
        found = _windows_inside(inside, size)
        hashes.append(_hash_windows(points, found, size))
        places.append(owners[found])
    single = _single_characters(inside)
    hashes.append(_hash_windows(points, single, 1))
    places.append(owners[single])
    return np.concatenate(hashes), np.concatenate(places)


def counted_terms(text: str) -> tuple[Terms, NDArray[np.float32]]:
    """The distinct terms of one text in ascending order, and how often each occurs (float32)."""
    terms, counts = np.unique(terms_of([text])[0], return_counts=True)
    return terms, counts.astype(np.float32)


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Code points of all texts in one array, each text followed by a space, and the text that each belongs to."""
    cleaned = [normalise(text) for text in texts]
    joined = "".join(f"{text} " for text in cleaned)
    # Lone surrogates cannot be encoded strictly; they are no word characters in any case.
    points = np.frombuffer(joined.encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
    lengths = np.fromiter((len(text) + 1 for text in cleaned), dtype=np.int64, count=len(cleaned))
    return points, np.repeat(np.arange(len(cleaned), dtype=np.int32), lengths)


def _windows_inside(inside: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Starts of windows of `size` that lie wholly inside a word."""
    if inside.size < size:
        return np.empty(0, dtype=np.int64)
    whole = inside[: inside.size - size + 1].copy()
    for offset in range(1, size):
        whole &= inside[offset : inside.size - size + 1 + offset]
    return np.flatnonzero(whole)


def _single_characters(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Positions of words of one character."""
    before = np.concatenate(([False], inside[:-1]))
    after = np.concatenate((inside[1:], [False]))
    return np.flatnonzero(inside & ~before & ~after)


def _hash_windows(points: NDArray[np.uint32], starts: NDArray[np.int64], size: int) -> NDArray[np.uint32]:
    # The size is the seed, so that a pair and a triple never share a hash by construction.
    mixed = np.full(starts.size, size, dtype=np.uint64)
    for offset in range(size):
        mixed = (mixed ^ points[starts + offset]) * _BASE
        mixed ^= mixed >> _SHIFT
    mixed *= _FINISH
    return (mixed >> _SHIFT).astype(np.uint32)


def _word_table(size: int) -> NDArray[np.bool_]:
    """Whether a code point is a letter or digit, as a lookup table; the last entry answers for all code points beyond it."""
    table = np.fromiter((chr(point).isalnum() for point in range(size)), dtype=np.bool_, count=size)
    table[-1] = False
    return table


# The basic plane holds every Hangul syllable and letter; emoji and rare ideographs beyond it are no words here.
_TABLE_SIZE = 0x10000
_WORD_TABLE = _word_table(_TABLE_SIZE)
