"""A diary entry read as sentences and as a whole.

A diary wanders: it reports the day, and somewhere says what it meant. So each sentence is read alone, the feeling ones weigh more than
the flat ones, and the end, where people sum up, weighs more than the start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagging.classifier import Classifier, Probabilities
from tagging.emotions import LABELS, Emotion
from tagging.text import clean, letter_count

# Chosen on the validation diaries, see docs/emotions.md.
WHOLE_SHARE = 0.8
END_WEIGHT = 1.5
FLAT_WEIGHT = 0.1

# Sentences end at . ! ? … or at a line break, with closing quotes, ㅋㅋ or ㅠㅠ that follow belonging to them.
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…~]+[\"'”’)\]]*(?:\s*[ㅋㅎㅠㅜ]+)?|\n|$)")
_MOST_SENTENCES = 200
_FLOOR = 1e-4
_NEUTRAL = Emotion.NEUTRAL.class_id


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """One sentence of a diary: its main emotion, and its share of the whole reading (all shares sum to 1)."""

    text: str
    emotion: Emotion
    weight: float


@dataclass(frozen=True, slots=True)
class DiaryReading:
    """A diary's feeling: `probabilities` float32 (7,) summing to 1, their strongest `emotion`, and where it comes from."""

    probabilities: Probabilities
    emotion: Emotion
    sentences: tuple[SentenceReading, ...]


def read_diary(text: str, classifier: Classifier) -> DiaryReading:
    """Read a diary entry of any length; an empty one comes out as doubt."""
    sentences = sentences_of(text)
    read = classifier.predict_proba([*sentences, text])
    alone, whole = read[:-1].astype(np.float64), read[-1].astype(np.float64)
    if len(sentences) <= 1:
        alone = read[-1:].astype(np.float64)
        sentences = [clean(text)]
    weights = _weights(alone)
    # Geometric means: a feeling that one sentence rules out is not what the diary is about.
    mixed = np.exp((1 - WHOLE_SHARE) * (weights @ np.log(alone + _FLOOR)) + WHOLE_SHARE * np.log(whole + _FLOOR))
    probabilities = (mixed / mixed.sum()).astype(np.float32)
    return DiaryReading(
        probabilities=probabilities,
        emotion=Emotion(LABELS[int(probabilities.argmax())]),
        sentences=tuple(
            SentenceReading(sentence, Emotion(LABELS[int(row.argmax())]), float(weight))
            for sentence, row, weight in zip(sentences, alone, weights, strict=True)
        ),
    )


def sentences_of(text: str) -> list[str]:
    """A diary's sentences, cleaned, in order; of a very long one the last 200."""
    found = [clean(match.group()) for match in _SENTENCE.finditer(text)]
    return [sentence for sentence in found if letter_count(sentence)][-_MOST_SENTENCES:]


def _weights(alone: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the sentences (n,), summing to 1: feeling against flatness, the last sentence more."""
    weights = FLAT_WEIGHT + (1 - FLAT_WEIGHT) * (1 - alone[:, _NEUTRAL])
    weights[-1] *= END_WEIGHT
    result: NDArray[np.float64] = weights / weights.sum()
    return result
