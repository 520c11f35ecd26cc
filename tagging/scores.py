"""How good an emotion model is: accuracy, macro-F1, per label, confusion, calibration, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.calibration import calibration_error
from tagging.emotions import LABELS, N_LABELS

Answers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label, and how many sentences bear it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one model on one file.

    Intervals are 95 % percentile bootstrap (Efron, 1979); `confusion` int64 (7, 7) has true labels as rows; `ece` is the expected
    calibration error over ten bins.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    ece: float
    labels: tuple[LabelScore, ...]
    confusion: NDArray[np.int64]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.accuracy_interval),
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval),
            "ece": self.ece,
            "labels": {
                score.label: {"precision": score.precision, "recall": score.recall, "f1": score.f1, "support": score.support}
                for score in self.labels
            },
            "confusion": {"labels": list(LABELS), "rows": self.confusion.tolist()},
        }


def score(probabilities: NDArray[np.float32], wanted: Answers, *, resamples: int = 1000, seed: int = 0) -> Scores:
    """Measure probabilities (n, 7) against class ids (n,); n must be at least 1."""
    answers = probabilities.argmax(axis=1)
    confusion = confusion_of(answers, wanted)
    accuracy, f1 = accuracy_and_f1(answers, wanted)
    draws = np.random.default_rng(seed).integers(0, len(wanted), size=(resamples, len(wanted)))
    drawn = np.array([accuracy_and_f1(answers[draw], wanted[draw]) for draw in draws])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    precision, recall, f1s = per_label(confusion)
    return Scores(
        n=len(wanted),
        accuracy=round(accuracy, 4),
        accuracy_interval=(round(float(low[0]), 4), round(float(high[0]), 4)),
        macro_f1=round(f1, 4),
        macro_f1_interval=(round(float(low[1]), 4), round(float(high[1]), 4)),
        ece=round(calibration_error(probabilities, wanted), 4),
        labels=tuple(
            LabelScore(label, _rounded(precision[number]), _rounded(recall[number]), _rounded(f1s[number]), int(confusion[number].sum()))
            for number, label in enumerate(LABELS)
        ),
        confusion=confusion,
    )


def _rounded(value: float) -> float:
    return round(float(value), 4)


def accuracy_and_f1(answers: Answers, wanted: Answers) -> tuple[float, float]:
    """Accuracy, and the mean F1 over the labels that occur among the wanted or the given ones."""
    confusion = confusion_of(answers, wanted)
    occurs = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return float(np.trace(confusion) / max(confusion.sum(), 1)), float(per_label(confusion)[2][occurs].mean())


def confusion_of(answers: Answers, wanted: Answers) -> NDArray[np.int64]:
    """Counts int64 (7, 7), true label by row, answer by column."""
    return np.bincount(wanted * N_LABELS + answers, minlength=N_LABELS * N_LABELS).reshape(N_LABELS, N_LABELS)


def per_label(confusion: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Precision, recall and F1 per label, 0 where nothing is there to divide by."""
    hits = np.diag(confusion).astype(np.float64)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    return precision, recall, 2 * precision * recall / np.maximum(precision + recall, 1e-12)
