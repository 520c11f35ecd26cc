"""What a network is trained to lower: the cross entropy of its answers, and how far they hang on which units drop out.

Each sentence of a batch may be read twice, under two dropouts, and the answers' difference counts too: R-Drop (Liang et al., "R-Drop:
Regularized Dropout for Neural Networks", NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Objective:
    """The loss of a batch of class ids, int64 (n,), those of labels or of pairs of corpus and label (`tagging.sources`).

    `weights` are the labels' says, 7 of them or none; `smoothing` softens the labels while training; `consistency` > 0 weighs the
    difference of two readings.
    """

    weights: tuple[float, ...] = ()
    smoothing: float = 0.0
    consistency: float = 0.0

    @property
    def readings(self) -> int:
        """How often each sentence is read while training."""
        return 2 if self.consistency > 0 else 1

    def measured(self, logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """Cross entropy of the labels' logits (n, 7), as curves show it."""
        return self._cross_entropy(logits, classes % N_LABELS, 0.0)

    def trained(self, answers: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """The training loss of answers (n, 7) or (n, 7 k); of two readings the first half are the one and the second half the other."""
        loss = self._cross_entropy(answers, classes if answers.shape[1] > N_LABELS else classes % N_LABELS, self.smoothing)
        return loss + self.consistency * _divergence(*answers.log_softmax(dim=1).chunk(2)) if self.consistency > 0 else loss

    def _cross_entropy(self, answers: torch.Tensor, classes: torch.Tensor, smoothing: float) -> torch.Tensor:
        import torch

        says = torch.tensor(self.weights, device=answers.device).repeat(answers.shape[1] // N_LABELS) if self.weights else None
        return torch.nn.functional.cross_entropy(answers, classes, weight=says, label_smoothing=smoothing)


def _divergence(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Mean of both Kullback-Leibler divergences between logarithmic probabilities (n, c), nats a sentence."""
    return ((first.exp() - second.exp()) * (first - second)).sum(dim=1).mean() / 2


def class_weights(classes: Sequence[Any]) -> tuple[float, ...]:
    """Says of the seven labels, the rarer the larger, from the training side's class ids; one that the set lacks counts nothing.

    Label smoothing would pull every answer towards a label that is in no sentence.
    """
    counts: NDArray[np.float64] = np.bincount(np.asarray(classes) % N_LABELS, minlength=N_LABELS).astype(np.float64)
    return tuple(np.where(counts > 0, counts.sum() / N_LABELS / np.maximum(counts, 1), 0.0).tolist())
