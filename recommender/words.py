"""Whole words as scikit-learn's vectorisers split them by default: the original project's lexical features."""

from __future__ import annotations

import re
from hashlib import blake2b

_WORD = re.compile(r"(?u)\b\w\w+\b")


def words_of(text: str) -> list[str]:
    """Lower-cased runs of two and more word characters, in order."""
    return _WORD.findall(text.lower())


def word_key(word: str) -> int:
    """64-bit key of a word, the same in every process."""
    return int.from_bytes(blake2b(word.encode("utf-8", errors="surrogatepass"), digest_size=8).digest(), "little")
