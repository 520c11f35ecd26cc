"""A lyric as lines: what is sung, what repeats, what is foreign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagging.text import clean, hangul_count, letter_count, line_hash

# A line that is only a stage direction or a section's name: [Verse 1], (간주), <Hook>.
_MARK = re.compile(
    r"[\[(<{【]\s*(?:verse|chorus|bridge|intro|outro|hook|pre-?chorus|refrain|interlude|rap|간주|전주|후주|반복|후렴|코러스|나레이션|\d+절|x\s*\d+)[^\])>}】]*[\])>}】]",
    re.IGNORECASE,
)
# Characters of a passage, about a verse. On Melon a sung line has about eleven, too few to tell a feeling by.
PASSAGE = 90


@dataclass(frozen=True, slots=True)
class LyricLine:
    """One different line of a lyric.

    `times` counts how often it is sung; `foreign` is true when it has letters but no Hangul.
    """

    text: str
    hash: str
    times: int
    foreign: bool


@dataclass(frozen=True, slots=True)
class Lyric:
    """A lyric as it is read: its different lines, passages of a few lines each, and all of it; empty for a lyric without lines."""

    lines: tuple[LyricLine, ...]
    passages: tuple[LyricLine, ...]
    whole: tuple[LyricLine, ...]

    @property
    def read(self) -> tuple[LyricLine, ...]:
        """Every text of it: lines, then passages, then the whole."""
        return (*self.lines, *self.passages, *self.whole)


def lyric_of(lyrics: str) -> Lyric:
    """A lyric's lines, and its different lines joined to passages and to one text."""
    lines = lines_of(lyrics)
    return Lyric(tuple(lines), tuple(_joined(some) for some in _passages(lines)), (_joined(lines),) if lines else ())


def _passages(lines: Sequence[LyricLine]) -> Iterator[list[LyricLine]]:
    """Neighbouring lines of together at most `PASSAGE` characters; a longer line is a passage by itself."""
    passage: list[LyricLine] = []
    length = 0
    for line in lines:
        if passage and length + len(line.text) > PASSAGE:
            yield passage
            passage, length = [], 0
        passage.append(line)
        length += len(line.text) + 1
    if passage:
        yield passage


def _joined(lines: Sequence[LyricLine]) -> LyricLine:
    """Lines as one text, sung as often as they are together."""
    text = " ".join(line.text for line in lines)
    return LyricLine(text, line_hash(text), sum(line.times for line in lines), all(line.foreign for line in lines))


def lines_of(lyrics: str) -> list[LyricLine]:
    """The different lines of a lyric in order of first appearance, cleaned; without blank ones, marks and those without letters."""
    times: dict[str, int] = {}
    for raw in lyrics.splitlines():
        text = clean(raw)
        if letter_count(text) and not _MARK.fullmatch(text):
            times[text] = times.get(text, 0) + 1
    return [LyricLine(text, line_hash(text), count, not hangul_count(text)) for text, count in times.items()]
