"""Lengths of time as people write them: 45s, 50m, 1h30m, 2d."""

from __future__ import annotations

import re
from datetime import timedelta

# Any instant of this age that is taken from today still lies within the calendar of `datetime`.
LONGEST = timedelta(days=36_525)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+)([smhdw])")
_FORM = re.compile(r"(?:\d+[smhdw])+")
_MOST_CHARACTERS = 40


def read_duration(text: object, shortest: timedelta = timedelta(0), longest: timedelta = LONGEST) -> timedelta:
    """`1h30m`, or 0, as a timedelta. Raises ValueError with a sentence, also for one that is not within the bounds."""
    form = text.replace(" ", "") if isinstance(text, str) else ""
    if form != "0" and not _FORM.fullmatch(form):
        raise ValueError(f"{text!r} is no length of time: write 45s, 12h, 1h30m or 30d")
    # Python refuses to read numbers of thousands of digits; no length of time within the bounds has that many.
    if len(form) > _MOST_CHARACTERS:
        raise ValueError(f"{form[:_MOST_CHARACTERS]!r}… is too long: the longest is {write_duration(longest)}")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(form))
    if seconds > longest.total_seconds():
        raise ValueError(f"{text!r} is too long: the longest is {write_duration(longest)}")
    if seconds < shortest.total_seconds():
        raise ValueError(f"{text!r} is too short: the shortest is {write_duration(shortest)}")
    return timedelta(seconds=seconds)


def write_duration(span: timedelta) -> str:
    """The shortest form: `1h30m`."""
    left, parts = int(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, _SECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"
