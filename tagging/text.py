"""What every model reads of a line: cleaned text, and how much Korean there is in it to judge by."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Bump when `clean` or the doubt rule changes an answer: it is part of every model's fingerprint. (A song's: `tagging.song.SONG_RULES`.)
READING_RULES = 1

_UNREADABLE = re.compile("[\ud800-\udfff\ufeff\u200b-\u200d\u2060\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_RUNS = re.compile(r"(.)\1{3,}", re.DOTALL)
_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")


def clean(text: str) -> str:
    """NFC, no lone surrogates or invisible characters, single spaces, a character at most three times in a row (ㅋㅋㅋㅋㅋ → ㅋㅋㅋ)."""
    text = unicodedata.normalize("NFC", _UNREADABLE.sub("", text))
    return _RUNS.sub(r"\1\1\1", _SPACES.sub(" ", text).strip())


def hangul_count(text: str) -> int:
    """How many Hangul syllables and single letters (ㅋ, ㅠ) the cleaned text has."""
    return len(_HANGUL.findall(text))


def letter_count(text: str) -> int:
    """How many letters of any script the text has."""
    return sum(map(str.isalpha, text))


def line_hash(cleaned: str) -> str:
    """SHA-256 (hex) of a cleaned line: equal for equal readings."""
    return hashlib.sha256(cleaned.encode("utf-8")).hexdigest()
