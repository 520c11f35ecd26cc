"""What is asked of a diary entry, and said beside its answer, on the command line, the screen and the service alike."""

from __future__ import annotations

import pytest

from reumi.entry import LITTLE_KOREAN, LONGEST_DIARY, check_length, notice
from reumi.errors import DiaryTooLong


def test_an_entry_is_at_most_twenty_thousand_characters_long() -> None:
    check_length("가" * LONGEST_DIARY)
    with pytest.raises(DiaryTooLong, match="20,001 characters, and at most 20,000"):
        check_length("가" * (LONGEST_DIARY + 1))


@pytest.mark.parametrize(
    "text", ["😭😭😭", "I failed the interview again and cried on the bus.", "!!!", "오늘 I failed the interview again"]
)
def test_an_entry_that_can_hardly_be_read_gets_a_gentle_word(text: str) -> None:
    assert notice(text) == LITTLE_KOREAN


@pytest.mark.parametrize("text", ["오늘은 괜히 눈물이 났다", "ㅠㅠ", "BTS Dynamite 듣고 행복", "면접 망했다 😭😭😭😭😭😭😭😭"])
def test_korean_with_a_little_else_in_it_gets_none(text: str) -> None:
    assert notice(text) is None
