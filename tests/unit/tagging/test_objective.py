"""The training loss: labels and pairs, says, smoothing, and two readings of a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from tagging.emotions import N_LABELS
from tagging.objective import Objective, class_weights

pytestmark = pytest.mark.kobert


def log_probabilities(answers: np.ndarray) -> np.ndarray:
    found: np.ndarray = answers - np.log(np.exp(answers).sum(axis=1, keepdims=True))
    return found


def answers_of(rows: int, width: int = N_LABELS) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(rows, width)).astype(np.float32)


def trained(objective: Objective, answers: np.ndarray, classes: list[int]) -> float:
    import torch

    return float(objective.trained(torch.from_numpy(answers), torch.tensor(classes)))


def test_one_reading_is_plain_cross_entropy_of_labels_or_of_pairs() -> None:
    assert Objective().readings == 1
    narrow, wide = answers_of(3), answers_of(3, 2 * N_LABELS)
    # A model of labels alone is asked for the label of a pair.
    assert trained(Objective(), narrow, [8, 2, 6]) == pytest.approx(-log_probabilities(narrow)[[0, 1, 2], [1, 2, 6]].mean(), abs=1e-5)
    assert trained(Objective(), wide, [8, 2, 6]) == pytest.approx(-log_probabilities(wide)[[0, 1, 2], [8, 2, 6]].mean(), abs=1e-5)


def test_two_readings_that_agree_cost_nothing_and_others_their_divergence() -> None:
    first, second = answers_of(4)[:2], answers_of(4)[2:]
    twice = Objective(consistency=2.0)
    assert twice.readings == 2
    classes = [1, 5, 1, 5]
    same = np.concatenate([first, first])
    assert trained(twice, same, classes) == pytest.approx(trained(Objective(), same, classes), abs=1e-6)
    p, q = log_probabilities(first), log_probabilities(second)
    there, back = (np.exp(p) * (p - q)).sum(axis=1).mean(), (np.exp(q) * (q - p)).sum(axis=1).mean()
    both = np.concatenate([first, second])
    assert trained(twice, both, classes) == pytest.approx(trained(Objective(), both, classes) + 2.0 * (there + back) / 2, abs=1e-5)


def test_curves_show_cross_entropy_without_smoothing_and_consistency() -> None:
    import torch

    logits = answers_of(4)
    shown = float(Objective(smoothing=0.3, consistency=1.0).measured(torch.from_numpy(logits), torch.tensor([1, 9, 3, 6])))
    assert shown == pytest.approx(-log_probabilities(logits)[range(4), [1, 2, 3, 6]].mean(), abs=1e-5)


def test_says_weigh_sentences_of_every_corpus_alike() -> None:
    says = (1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    wide = answers_of(2, 2 * N_LABELS)
    lost = -log_probabilities(wide)[[0, 1], [8, 2]]
    assert trained(Objective(weights=says), wide, [8, 2]) == pytest.approx((3 * lost[0] + lost[1]) / 4, abs=1e-5)


def test_class_weights_are_larger_for_rarer_labels_and_nothing_for_absent_ones() -> None:
    found = class_weights([0, 0, 0, 7, 1, 9])
    assert found[:3] == pytest.approx((6 / 7 / 4, 6 / 7, 6 / 7))
    assert found[3:] == (0.0, 0.0, 0.0, 0.0)
