"""A model's raw logits made into trustworthy probabilities: cleaning, windows for long text, calibration, doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tagging.classifier import Probabilities
from tagging.doubt import with_doubt
from tagging.emotions import N_LABELS
from tagging.text import clean

# Characters of a window unless the bundle says otherwise: 110 characters of Korean are about 60 KoBERT tokens.
# Beyond `_MOST_WINDOWS` a text is read at even steps.
WINDOW, _MOST_WINDOWS = 110, 64


class Scorer(Protocol):
    """What a kind of model must offer: raw scores for cleaned, short, different texts."""

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 7), the answer for a text independent of the others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One scorer of a model, and its weight in the mean of logarithmic probabilities."""

    scorer: Scorer
    weight: float


class Reader:
    """The classifier that every bundle becomes: one or more scorers, a temperature, and doubt."""

    def __init__(self, parts: Sequence[Part], temperature: float, fingerprint: str, window: int = WINDOW) -> None:
        self._parts = tuple(parts)
        self._temperature = temperature
        self._fingerprint = fingerprint
        self._window = window

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the bundle."""
        return self._fingerprint

    def predict_proba(self, lines: Sequence[str]) -> Probabilities:
        """Probabilities of any strings, float32 (n, 7), rows sum to 1; equal lines are read once, long ones in windows."""
        cleaned = [clean(line) for line in lines]
        different = {text: position for position, text in enumerate(dict.fromkeys(cleaned))}
        if not different:
            return np.empty((0, N_LABELS), dtype=np.float32)
        read = self._read(list(different))
        return read[[different[text] for text in cleaned]]

    def _read(self, texts: list[str]) -> Probabilities:
        windows = [windows_of(text, self._window) for text in texts]
        counts = [len(found) for found in windows]
        read = self._probabilities([window for found in windows for window in found])
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        merged = np.add.reduceat(read, starts, axis=0) / np.array(counts)[:, None]
        merged = with_doubt(merged, texts)
        result: Probabilities = (merged / merged.sum(axis=1, keepdims=True)).astype(np.float32)
        return result

    def _probabilities(self, texts: list[str]) -> NDArray[np.float64]:
        mixed = np.zeros((len(texts), N_LABELS))
        for part in self._parts:
            mixed += part.weight * log_softmax(part.scorer.logits(texts).astype(np.float64))
        return np.exp(log_softmax(mixed / self._temperature))


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise logarithm of the softmax."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def windows_of(text: str, size: int = WINDOW) -> list[str]:
    """A text as windows of at most `size` characters, cut at spaces where there are any; at most 64, spread evenly over a huge text."""
    if len(text) <= size:
        return [text]
    cuts = [0]
    while len(text) - cuts[-1] > size:
        space = text.rfind(" ", cuts[-1] + size // 2, cuts[-1] + size)
        cuts.append(space + 1 if space > 0 else cuts[-1] + size)
    found = [text[first:end] for first, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    if len(found) <= _MOST_WINDOWS:
        return found
    return [found[int(place)] for place in np.linspace(0, len(found) - 1, _MOST_WINDOWS)]
