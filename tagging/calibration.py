"""Temperature scaling (Guo et al., 2017) and the expected calibration error it is judged by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tagging.reader import log_softmax


def best_temperature(logits: NDArray[np.float64], wanted: NDArray[np.int64]) -> float:
    """The temperature, 0.2 to 5, under which held-out answers (n, 7) are the most likely."""
    rows = np.arange(len(wanted))
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 121))
    losses = [-log_softmax(logits / temperature)[rows, wanted].mean() for temperature in grid]
    return round(float(grid[int(np.argmin(losses))]), 4)


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
