"""Temperature scaling (Guo et al., 2017), shares of two models in one, and the expected calibration error both are judged by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tagging.reader import log_softmax


def best_temperature(logits: NDArray[np.float64], wanted: NDArray[np.int64]) -> float:
    """The temperature, 0.2 to 5, under which held-out answers (n, 7) are the most likely."""
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 121))
    losses = [_loss(logits / temperature, wanted) for temperature in grid]
    return round(float(grid[int(np.argmin(losses))]), 4)


def best_share(first: NDArray[np.float64], second: NDArray[np.float64], wanted: NDArray[np.int64], shares: Sequence[float]) -> float:
    """The first model's share, of those given, in a mean of logarithmic probabilities (n, 7) that makes held-out answers the most likely.

    Each share is judged at its own best temperature. Likelihood tells shares apart on a thousand sentences, where accuracy is noise.
    """
    mixtures = [share * first + (1 - share) * second for share in shares]
    losses = [_loss(mixed / best_temperature(mixed, wanted), wanted) for mixed in mixtures]
    return round(float(shares[int(np.argmin(losses))]), 2)


def _loss(logits: NDArray[np.float64], wanted: NDArray[np.int64]) -> float:
    return -float(log_softmax(logits)[np.arange(len(wanted)), wanted].mean())


def calibration_error(probabilities: NDArray[np.floating], wanted: NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and accuracy over equally wide bins, weighted by their size."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == wanted
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(right[places == b].mean()) - float(confidence[places == b].mean())) * float((places == b).mean())
        for b in np.unique(places)
    ]
    return float(sum(gaps))
