"""Lengths of time as people write them: 45s, 50m, 1h30m, 2d."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(?:\d+[smhdw])+")


def read_duration(text: object) -> timedelta:
    """`1h30m` as a timedelta. Raises ValueError with a sentence."""
    if not isinstance(text, str) or not _FORM.fullmatch(text.replace(" ", "")):
        raise ValueError(f"{text!r} is no length of time: write 45s, 50m, 1h30m or 2d")
    parts = re.findall(r"(\d+)([smhdw])", text)
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))


def write_duration(span: timedelta) -> str:
    """The shortest form: `1h30m`."""
    left, parts = int(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, _SECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"
