"""Honest doubt: a line with little or no Korean in it says little about feeling, whatever the model's numbers claim.

Every model here learned from Korean. Fed English, dots or nothing, its softmax still sums to 1, often on one emotion; so an answer
is mixed with a prior that is mostly 중립, the more so the less Hangul there is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tagging.classifier import Probabilities
from tagging.emotions import N_LABELS, Emotion
from tagging.text import clean, hangul_count, letter_count

# Syllables after which the model is believed to two thirds; letters of other scripts count little, and never for more than this share.
_SYLLABLES, _FOREIGN_LETTERS, _MOST_FOREIGN = 1.0, 20.0, 0.4
# A syllable says about as much as this many letters of an alphabet.
_LETTERS_OF_A_SYLLABLE = 3

PRIOR = np.full(N_LABELS, 0.09, dtype=np.float32)
PRIOR[Emotion.NEUTRAL.class_id] = 0.46


def belief(text: str) -> float:
    """0 to 1: how far a model's answer on this cleaned text is believed."""
    hangul = hangul_count(text)
    foreign = min(_MOST_FOREIGN, (letter_count(text) - hangul) / _FOREIGN_LETTERS) if len(text) < 500 else _MOST_FOREIGN
    return float(max(1.0 - np.exp(-hangul / _SYLLABLES), foreign, 0.0))


def with_doubt(probabilities: Probabilities, texts: Sequence[str]) -> Probabilities:
    """Mix each row, float32 (n, 7), with the prior by how little its cleaned text is believed."""
    share = np.array([belief(text) for text in texts], dtype=np.float32).reshape(-1, 1)
    mixed: Probabilities = share * probabilities + (1.0 - share) * PRIOR
    return mixed


def little_korean(text: str) -> bool:
    """Whether a text has no Hangul at all, or says most of what it says in another script: its reading is a guess, and worth a word."""
    cleaned = clean(text)
    hangul = hangul_count(cleaned)
    return not hangul or letter_count(cleaned) - hangul > _LETTERS_OF_A_SYLLABLE * hangul
