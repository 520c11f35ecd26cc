"""Judged diaries: what `recommender/judgements/diaries.jsonl` holds, and how a file of one's own must look.

One JSON object a line: `id`, `text` (the diary), `emotion` (its main feeling), `genre` (the taste of who wrote it), `grades` (song id to
3, 2 or 1; a song not listed has grade 0). `RULES.md` beside the file tells what a grade means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.errors import JudgementsInvalid
from tagging.emotions import LABELS

DIARIES = Path(__file__).parent / "judgements" / "diaries.jsonl"
BEST_GRADE = 3


@dataclass(frozen=True, slots=True)
class JudgedDiary:
    """A diary and the grades of the songs that fit it."""

    diary_id: str
    text: str
    emotion: str
    genre: str
    grades: Mapping[str, int]


def read_judged(path: Path = DIARIES) -> list[JudgedDiary]:
    """All diaries of a file, in order. Raises JudgementsInvalid naming the line and what is wrong with it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JudgementsInvalid(f"cannot read the judged diaries in {path}: {error}") from error
    diaries: dict[str, JudgedDiary] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            diary = _diary(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise JudgementsInvalid(f"line {number} of {path} is no judged diary: {error}") from error
        if diary.diary_id in diaries:
            raise JudgementsInvalid(f"line {number} of {path} repeats the id {diary.diary_id}")
        diaries[diary.diary_id] = diary
    if not diaries:
        raise JudgementsInvalid(f"{path} holds no judged diary")
    return list(diaries.values())


def _diary(data: Mapping[str, Any]) -> JudgedDiary:
    grades = {str(song_id): int(grade) for song_id, grade in data["grades"].items()}
    if not str(data["text"]).strip():
        raise ValueError("its text is empty")
    if data["emotion"] not in LABELS:
        raise ValueError(f"its emotion {data['emotion']!r} is none of {', '.join(LABELS)}")
    if not all(0 <= grade <= BEST_GRADE for grade in grades.values()):
        raise ValueError(f"a grade is not 0 to {BEST_GRADE}")
    if not any(grades.values()):
        raise ValueError("no song fits it, so nothing can be measured")
    return JudgedDiary(str(data["id"]), str(data["text"]), str(data["emotion"]), str(data["genre"]), grades)


def tuning_half(diaries: Sequence[JudgedDiary]) -> list[JudgedDiary]:
    """Every other diary from the first: the half on which the recommender's weights were chosen."""
    return list(diaries[::2])


def held_out_half(diaries: Sequence[JudgedDiary]) -> list[JudgedDiary]:
    """Every other diary from the second: the half that no choice has seen."""
    return list(diaries[1::2])
