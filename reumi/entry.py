"""What screen, service and command line ask of a diary entry, and what they say beside its answer: the same everywhere."""

from __future__ import annotations

from reumi.errors import DiaryTooLong

# Characters. A longer text is no day any more, and would keep a shared service busy for seconds.
LONGEST_DIARY = 20_000
LITTLE_KOREAN = "ReUmi는 한국어로 쓴 일기를 읽어요. 한글이 거의 없는 글은 마음을 어림할 뿐이니, 한국어로 한 줄 적어 주시면 더 잘 읽을게요."


def check_length(text: str) -> None:
    """Raise DiaryTooLong for an entry of more than `LONGEST_DIARY` characters."""
    if len(text) > LONGEST_DIARY:
        raise DiaryTooLong(len(text), LONGEST_DIARY)


def notice(text: str) -> str | None:
    """A gentle sentence in Korean for an entry that the model can hardly read (emoji, English); None for all others."""
    from tagging.doubt import little_korean

    return LITTLE_KOREAN if little_korean(text) else None
