"""What every classifier owes: one class of tests that each classifier inherits."""

from __future__ import annotations

import numpy as np
import pytest

from tagging.bundle import Bundle, classifier_of
from tagging.classifier import Classifier
from tagging.reader import Reader

GARBAGE = ["", " \t\n", "😀🎉", "\ud800 half a pair", "I will always love you"]
LINES = ["오늘은 괜히 눈물이 났다", "합격했다!! 웃음이 난다", "점심은 김밥 두 줄", *GARBAGE]
LONG = "오늘은 비가 왔다. " * 6_000


class ClassifierContract:
    @pytest.fixture
    def classifier(self) -> Classifier:
        raise NotImplementedError

    def test_any_text_gives_probabilities(self, classifier: Classifier) -> None:
        read = classifier.predict_proba([*LINES, LONG])
        assert read.shape == (len(LINES) + 1, 7)
        assert read.dtype == np.float32
        assert np.isfinite(read).all()
        assert (read >= 0).all()
        np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)

    def test_no_lines_give_no_rows(self, classifier: Classifier) -> None:
        assert classifier.predict_proba([]).shape == (0, 7)

    def test_a_line_reads_the_same_in_any_company(self, classifier: Classifier) -> None:
        together = classifier.predict_proba(LINES)
        alone = np.concatenate([classifier.predict_proba([line]) for line in LINES])
        backwards = classifier.predict_proba(LINES[::-1])[::-1]
        np.testing.assert_allclose(together, alone, atol=1e-5)
        np.testing.assert_allclose(together, backwards, atol=1e-5)

    def test_it_tells_feelings_apart(self, classifier: Classifier) -> None:
        sad, happy = classifier.predict_proba(["눈물 눈물", "웃음 웃음"])
        assert np.abs(sad - happy).max() > 0.01

    def test_it_has_a_fingerprint(self, classifier: Classifier) -> None:
        assert classifier.fingerprint


class TestTheShippedModel(ClassifierContract):
    @pytest.fixture
    def classifier(self, default: Reader) -> Classifier:
        return default


class TestALinearModel(ClassifierContract):
    @pytest.fixture
    def classifier(self, planted_bundle: Bundle) -> Classifier:
        return classifier_of(planted_bundle)
