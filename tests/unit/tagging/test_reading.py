from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagging.bundle import load_classifier
from tagging.emotions import LABELS, Emotion
from tagging.reader import Reader, windows_of
from tagging.text import clean

LINES = [
    "오늘은 괜히 눈물이 났다",
    "합격했다!! 엄마랑 끌어안고 펄쩍펄쩍 뛰었다",
    "밤길에 누가 자꾸 따라와서 온몸이 덜덜 떨렸다",
    "점심은 김밥 두 줄",
    "또 나한테만 떠넘기네, 진짜 열받아서 못 살겠다",
    "그 위선적인 웃음, 토할 것 같다",
    "헐 여기서 널 만날 줄이야",
]
HUGE = "오늘은 비가 왔다. " * 60_000
GARBAGE = ["", " \t\n", "😀🎉", "\ud800 half a pair", "\x00\x01", "!!!???", "ㅋ" * 5000, "a" * 4000, "I will always love you", "́" * 50]


def test_every_kind_of_garbage_gives_probabilities(default: Reader) -> None:
    read = default.predict_proba([*GARBAGE, HUGE])
    assert read.shape == (len(GARBAGE) + 1, 7)
    assert read.dtype == np.float32
    assert np.isfinite(read).all()
    assert (read >= 0).all()
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_strings_give_probabilities(texts: list[str]) -> None:
    read = load_classifier_once().predict_proba(texts)
    assert read.shape == (len(texts), 7)
    assert np.isfinite(read).all()
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)


_ONCE: list[Reader] = []


def load_classifier_once() -> Reader:
    if not _ONCE:
        _ONCE.append(load_classifier())
    return _ONCE[0]


def test_a_line_reads_the_same_in_any_company(default: Reader) -> None:
    together = default.predict_proba([*LINES, *GARBAGE])
    alone = np.concatenate([default.predict_proba([line]) for line in [*LINES, *GARBAGE]])
    backwards = default.predict_proba([*GARBAGE[::-1], *LINES[::-1]])[::-1]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, backwards, atol=1e-5)


def test_composed_and_decomposed_hangul_read_alike(default: Reader) -> None:
    decomposed = [unicodedata.normalize("NFD", line) for line in LINES]
    np.testing.assert_array_equal(default.predict_proba(LINES), default.predict_proba(decomposed))


@pytest.mark.parametrize("line", ["", "   ", "...", "I love you so much baby", "La la la la", "愛してる", "12:30", "✨✨"])
def test_a_line_without_korean_is_doubt_and_no_confident_happiness(default: Reader, line: str) -> None:
    read = default.predict_proba([line])[0]
    assert read[Emotion.HAPPINESS.class_id] < 0.5
    assert read.max() < 0.7


def test_the_default_reads_plain_feelings(default: Reader) -> None:
    answers = [LABELS[place] for place in default.predict_proba(LINES).argmax(axis=1)]
    wanted = ["슬픔", "행복", "공포", "중립", "분노", "혐오", "놀람"]
    assert sum(answer == want for answer, want in zip(answers, wanted, strict=True)) >= 5, answers


def test_the_end_of_a_long_text_is_read_too(default: Reader) -> None:
    flat = "버스는 일곱 시에 떠난다. " * 12
    ending = "무서워서 온몸이 덜덜 떨리고 비명이 나왔다. " * 12
    fear = Emotion.FEAR.class_id
    assert default.predict_proba([flat + ending])[0][fear] > default.predict_proba([flat])[0][fear] + 0.1


@given(st.text(max_size=900))
def test_windows_lose_nothing_of_a_text_that_is_not_huge(text: str) -> None:
    cleaned = clean(text)
    windows = windows_of(cleaned)
    assert "".join(windows) == cleaned
    assert all(len(window) <= 110 for window in windows)


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
