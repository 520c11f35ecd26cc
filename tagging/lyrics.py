"""A lyric as lines: what is sung, what repeats, what is foreign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tagging.text import clean, hangul_count, letter_count, line_hash

# A line that is only a stage direction or a section's name: [Verse 1], (간주), <Hook>.
_MARK = re.compile(
    r"[\[(<{【]\s*(?:verse|chorus|bridge|intro|outro|hook|pre-?chorus|refrain|interlude|rap|간주|전주|후주|반복|후렴|코러스|나레이션|\d+절|x\s*\d+)[^\])>}】]*[\])>}】]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LyricLine:
    """One different line of a lyric.

    `times` counts how often it is sung; `foreign` is true when it has letters but no Hangul.
    """

    text: str
    hash: str
    times: int
    foreign: bool


def whole_of(lines: Sequence[LyricLine]) -> LyricLine:
    """A lyric's different lines as one text, to be read beside them."""
    text = " ".join(line.text for line in lines)
    return LyricLine(text, line_hash(text), 1, all(line.foreign for line in lines))


def lines_of(lyrics: str) -> list[LyricLine]:
    """The different lines of a lyric in order of first appearance, cleaned; without blank ones, marks and those without letters."""
    times: dict[str, int] = {}
    for raw in lyrics.splitlines():
        text = clean(raw)
        if letter_count(text) and not _MARK.fullmatch(text):
            times[text] = times.get(text, 0) + 1
    return [LyricLine(text, line_hash(text), count, not hangul_count(text)) for text, count in times.items()]
