"""The order of the emotions, doubt, and the weighing of a diary, number by number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from tagging.diary import read_diary, sentences_of
from tagging.doubt import PRIOR, belief, little_korean, with_doubt
from tagging.emotions import LABELS, N_LABELS, ORIGINAL_COLUMN_ORDER, Emotion

HAPPY, SAD, FLAT = (Emotion(name).class_id for name in ("행복", "슬픔", "중립"))


def test_class_ids_are_those_that_the_model_was_trained_with() -> None:
    assert [(emotion.class_id, emotion.value) for emotion in Emotion] == list(enumerate(LABELS))
    assert LABELS == ("행복", "놀람", "분노", "공포", "혐오", "슬픔", "중립")
    assert N_LABELS == 7


def test_the_originals_columns_hold_every_emotion_in_an_order_of_their_own() -> None:
    assert [str(emotion) for emotion in ORIGINAL_COLUMN_ORDER] == ["행복", "슬픔", "분노", "공포", "혐오", "놀람", "중립"]


@pytest.mark.parametrize(
    ("text", "believed"),
    [
        ("", 0.0),
        ("...", 0.0),
        ("가", 1 - math.exp(-1)),
        ("가나다", 1 - math.exp(-3)),
        ("abcd", 0.2),
        ("a" * 499, 0.4),
        ("a" * 500, 0.4),
        ("." * 499, 0.0),
        ("." * 500, 0.4),
        ("가abc", 1 - math.exp(-1)),
        ("ㅋ1", 1 - math.exp(-1)),
    ],
)
def test_belief_grows_with_korean_and_a_little_with_other_letters(text: str, believed: float) -> None:
    assert belief(text) == pytest.approx(believed)


@pytest.mark.parametrize(
    ("text", "little"),
    [("", True), ("😭😭", True), ("\u1109\u1173\u11af", False), ("가abc", False), ("가abcd", True), ("가나abcdef", False)],
)
def test_a_text_with_more_than_three_foreign_letters_a_syllable_holds_little_korean(text: str, little: bool) -> None:
    assert little_korean(text) is little


def test_what_is_not_believed_is_filled_up_with_the_prior() -> None:
    sure = np.eye(7, dtype=np.float32)[[HAPPY, HAPPY]]
    read = with_doubt(sure, ["abcd", ""])
    np.testing.assert_allclose(read, [0.2 * sure[0] + 0.8 * PRIOR, PRIOR], atol=1e-6)
    assert PRIOR.tolist() == pytest.approx([0.09] * 6 + [0.46])
    assert with_doubt(np.empty((0, 7), dtype=np.float32), []).shape == (0, 7)


class Fixed:
    """A classifier that answers from a table and is flat about all else."""

    fingerprint = "fixed"

    def __init__(self, **shares: dict[int, float]) -> None:
        self._rows = {text: np.array([answer.get(place, 0.0) for place in range(7)], dtype=np.float32) for text, answer in shares.items()}

    def predict_proba(self, lines: Sequence[str]) -> np.ndarray:
        flat = np.eye(7, dtype=np.float32)[FLAT]
        return np.array([self._rows.get(line, flat) for line in lines], dtype=np.float32)


def test_sentences_weigh_by_feeling_and_the_last_one_more() -> None:
    read = read_diary("점심. 눈물. 저녁.", Fixed(**{"눈물.": {SAD: 1.0}}))
    raw = [0.1, 1.0, 0.1 * 1.5]
    assert [sentence.weight for sentence in read.sentences] == pytest.approx([share / sum(raw) for share in raw])
    assert [(sentence.text, sentence.emotion) for sentence in read.sentences] == [
        ("점심.", Emotion.NEUTRAL),
        ("눈물.", Emotion.SADNESS),
        ("저녁.", Emotion.NEUTRAL),
    ]


def test_the_whole_counts_four_fifths_and_the_sentences_together_one() -> None:
    text = "웃음. 눈물."
    read = read_diary(text, Fixed(**{"웃음.": {HAPPY: 0.8, SAD: 0.2}, "눈물.": {SAD: 0.9, HAPPY: 0.1}, text: {HAPPY: 0.3, FLAT: 0.7}}))
    first, last = 1 / 2.5, 1.5 / 2.5
    columns = {HAPPY: (0.8, 0.1), SAD: (0.2, 0.9)}
    whole = {HAPPY: 0.3, FLAT: 0.7}
    logs = [
        0.2 * (first * math.log(a + 1e-4) + last * math.log(b + 1e-4)) + 0.8 * math.log(whole.get(place, 0.0) + 1e-4)
        for place, (a, b) in enumerate(columns.get(place, (0.0, 0.0)) for place in range(7))
    ]
    shares = [math.exp(log) for log in logs]
    assert read.probabilities.tolist() == pytest.approx([share / sum(shares) for share in shares], abs=1e-6)
    assert read.probabilities.dtype == np.float32
    assert read.emotion is Emotion.HAPPINESS  # no sentence is flat, so the whole's flatness is not believed


@pytest.mark.parametrize(("text", "shown"), [("눈물", "눈물"), (" ...", "..."), ("", "")])
def test_one_sentence_or_none_is_read_as_the_whole(text: str, shown: str) -> None:
    read = read_diary(text, Fixed(**{text: {SAD: 0.6, HAPPY: 0.4}}))
    assert [(sentence.text, sentence.emotion, sentence.weight) for sentence in read.sentences] == [(shown, Emotion.SADNESS, 1.0)]
    assert read.probabilities.sum() == pytest.approx(1)


def test_of_a_very_long_diary_the_last_sentences_are_read() -> None:
    found = sentences_of("".join(f"{number}번 걸었다. " for number in range(250)) + "...")
    assert (len(found), found[0], found[-1]) == (200, "50번 걸었다.", "249번 걸었다.")
