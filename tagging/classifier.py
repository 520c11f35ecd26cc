"""The one protocol that every emotion model fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""float32, (n, 7), columns in class-id order (`tagging.emotions.LABELS`), rows sum to 1."""


class Classifier(Protocol):
    """Reads lines of text into probabilities over the seven emotions."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever an answer could: weights, vocabulary, calibration, reading rules."""

    def predict_proba(self, lines: Sequence[str]) -> Probabilities:
        """Probabilities per line, in the order given, independent of batch and order.

        Any string is accepted: empty, foreign, a megabyte long. Returns float32 (n, 7), finite, rows sum to 1 within 1e-5.
        """
