"""Cron lines as cron reads them: five fields, Sunday is 0 or 7, day and weekday together mean either.

APScheduler's own cron trigger counts weekdays from Monday = 0, so that `0 4 * * 0` would run a day late; it is not used here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Field → lowest, highest, names from the lowest on.
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _WEEKDAYS),
)
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}


@dataclass(frozen=True)
class Cron:
    """A cron line, read: the allowed values of each field, and whether the two day fields were left open."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @classmethod
    def read(cls, text: str) -> Cron:
        """Read a line. Raises ValueError with a sentence that names the field."""
        fields = _MACROS.get(text.strip().lower(), text).split()
        if len(fields) != len(_FIELDS):
            raise ValueError(f"a cron line has five fields (minute hour day month weekday), `{text}` has {len(fields)}")
        values = [_field(part.lower(), *bounds) for part, bounds in zip(fields, _FIELDS, strict=True)]
        weekdays = frozenset(value % 7 for value in values[4])
        return cls(
            text, tuple(sorted(values[0])), tuple(sorted(values[1])), values[2], values[3], weekdays,
            fields[2].startswith("*"), fields[4].startswith("*"),
        )  # fmt: skip

    def has_day(self, day: date) -> bool:
        """Whether the line runs on this day at all."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month and in_week) if self.any_day or self.any_weekday else (in_month or in_week)

    @property
    def every_hour(self) -> bool:
        """Whether it runs in all hours, and therefore in both of two hours that a clock shows alike."""
        return len(self.hours) == 24

    def words(self) -> str:
        """The line in words, such as `every Monday at 04:00`."""
        day, time = self._day_words(), self._time_words()
        if day == "every day" and self.every_hour:
            return time
        return f"{day}{', ' if self.every_hour else ' '}{time}"

    def _time_words(self) -> str:
        if self.every_hour:
            if len(self.minutes) == 60:
                return "every minute"
            return f"every hour at minute {_and(str(minute) for minute in self.minutes)}"
        if len(self.hours) * len(self.minutes) <= 4:
            return f"at {_and(f'{hour:02}:{minute:02}' for hour in self.hours for minute in self.minutes)}"
        return f"at minute {_and(map(str, self.minutes))} of hours {_and(map(str, self.hours))}"

    def _day_words(self) -> str:
        names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
        week = f"every {_and(names[day] for day in sorted(self.weekdays))}" if len(self.weekdays) < 7 else ""
        month = f"on day {_and(map(str, sorted(self.days)))} of the month" if len(self.days) < 31 else ""
        joint = " and " if self.any_day or self.any_weekday else " or "
        found = joint.join(part for part in (month, week) if part) or "every day"
        if len(self.months) < 12:
            found += f" in {_and(_MONTHS[month - 1].capitalize() for month in sorted(self.months))}"
        return found


def _field(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        values.update(_part(part, name, low, high, names))
    return frozenset(values)


def _part(part: str, name: str, low: int, high: int, names: tuple[str, ...]) -> range:
    span, slash, step_text = part.partition("/")
    step = int(step_text) if step_text.isdigit() else 0 if slash else 1
    if step < 1:
        raise ValueError(f"the {name} field `{part}` has no step after the slash: write */5")
    if span == "*":
        return range(low, (6 if high == 7 else high) + 1, step)
    first_text, dash, last_text = span.partition("-")
    first = _number(first_text, name, low, high, names)
    last = _number(last_text, name, low, high, names) if dash else high if slash else first
    if last < first:
        raise ValueError(f"the {name} field `{part}` runs backwards")
    return range(first, last + 1, step)


def _number(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + (low if names is _MONTHS else 0)
    if not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"the {name} field has `{text}`: it takes {low} to {high}{' or names such as ' + names[1] if names else ''}")
    return int(text)


def _and(parts: Iterable[str]) -> str:
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
