"""A remembered reading is the same reading, made once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tagging.classifier import Probabilities
from tagging.default import load_default
from tagging.remembered import Remembered


class Counting:
    """The real model, counting the lines it is asked."""

    def __init__(self) -> None:
        self.model = load_default()
        self.asked = 0
        self.fingerprint = self.model.fingerprint

    def predict_proba(self, lines: Sequence[str]) -> Probabilities:
        self.asked += len(lines)
        return self.model.predict_proba(lines)


def test_the_same_lines_are_read_once_and_other_lines_anew() -> None:
    counting = Counting()
    remembered = Remembered(counting)
    first = remembered.predict_proba(["오늘은 슬펐다", "\ud800"])
    expected = first.copy()
    first[:] = 0  # a caller may do as it likes with what it got
    np.testing.assert_array_equal(remembered.predict_proba(("오늘은 슬펐다", "\ud800")), expected)
    assert counting.asked == 2
    longer = remembered.predict_proba(["오늘은 슬펐다\ud800", "오늘은 슬펐다"])
    assert counting.asked == 3
    np.testing.assert_array_equal(longer[1], expected[0])
    assert remembered.fingerprint == counting.fingerprint


def test_lines_come_back_in_their_order_however_often_they_stand() -> None:
    remembered = Remembered(Counting())
    lines = ["나는 화가 났다", "무섭다", "나는 화가 났다"]
    remembered.predict_proba(["무섭다"])
    np.testing.assert_allclose(remembered.predict_proba(lines), load_default().predict_proba(lines), atol=1e-5)
    assert remembered.predict_proba([]).shape == (0, 7)


def test_only_the_latest_are_remembered() -> None:
    counting = Counting()
    remembered = Remembered(counting, most=10)
    remembered.predict_proba([str(number) for number in range(11)])
    remembered.predict_proba(["10"])
    assert counting.asked == 11
    remembered.predict_proba(["0"])
    assert counting.asked == 12
