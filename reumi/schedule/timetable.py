"""Timetables: which instants are a job's slots. All instants are aware UTC; zones only decide where the slots fall."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from reumi.schedule.cron import Cron
from reumi.schedule.duration import write_duration

_LONGEST_PAUSE_DAYS = 366 * 8 + 3  # from one 29 February to the next around a year 2100
_ANCHOR = datetime(2000, 1, 1)
_SLOTS, _WEEK, _NO_GAP = 8, 8, timedelta(days=366)
SHORTEST_INTERVAL, LONGEST_INTERVAL = timedelta(seconds=10), timedelta(days=366)


class Timetable(Protocol):
    """When a job is due."""

    @property
    def text(self) -> str:
        """Equal for equal timetables; kept in the database to notice a change."""

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot after an instant; None where there is none any more."""

    def longest_gap(self, now: datetime) -> timedelta:
        """The longest time between two slots from now on: how old a job's last success may become in ordinary times."""

    def words(self) -> str:
        """For people: `every day at 13:10`."""


@dataclass(frozen=True)
class CronTimetable:
    """Slots by a cron line on the clock of a zone.

    A time that a change of the clock skips comes as much later as the clock was moved; of a time that it shows twice only the first
    counts, unless the line runs in every hour.
    """

    cron: Cron
    zone: ZoneInfo

    @property
    def text(self) -> str:
        """The line and its zone."""
        return f"cron {' '.join(self.cron.text.split())} {self.zone.key}"

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot after an instant."""
        day = instant.astimezone(self.zone).date() - timedelta(days=1)
        for _ in range(_LONGEST_PAUSE_DAYS):
            if self.cron.has_day(day):
                slots = _instants(self.cron, self.zone, day)
                place = bisect_right(slots, instant)
                if place < len(slots):
                    return slots[place]
            day += timedelta(days=1)
        return None

    def longest_gap(self, now: datetime) -> timedelta:
        """The longest time between two slots of about a week, or of the next few: it holds a night or a weekend without slots."""
        first = now.astimezone(self.zone).date()
        slots: list[datetime] = []
        for number in range(_SLOTS * _LONGEST_PAUSE_DAYS):
            if number > _WEEK and len(slots) >= _SLOTS:
                break
            day = first + timedelta(days=number)
            if self.cron.has_day(day):
                slots += _instants(self.cron, self.zone, day)
        return max((later - sooner for sooner, later in pairwise(sorted(slots))), default=_NO_GAP)

    def words(self) -> str:
        """The cron line in words."""
        return self.cron.words()


@dataclass(frozen=True)
class IntervalTimetable:
    """Slots at equal distances, counted from midnight of 1 January 2000 in a zone, so that they do not move with a restart."""

    every: timedelta
    zone: ZoneInfo

    @property
    def text(self) -> str:
        """The interval and its zone."""
        return f"every {write_duration(self.every)} {self.zone.key}"

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot after an instant."""
        anchor = _ANCHOR.replace(tzinfo=self.zone).astimezone(UTC)
        return anchor + ((instant - anchor) // self.every + 1) * self.every

    def longest_gap(self, now: datetime) -> timedelta:  # noqa: ARG002 (a Timetable)
        """The interval."""
        return self.every

    def words(self) -> str:
        """The interval in words."""
        return f"every {write_duration(self.every)}"


def slots_between(timetable: Timetable, after: datetime, until: datetime) -> Iterator[datetime]:
    """The slots after `after`, up to and including `until`."""
    slot = timetable.next_after(after)
    while slot is not None and slot <= until:
        yield slot
        slot = timetable.next_after(slot)


@lru_cache(maxsize=256)
def _instants(cron: Cron, zone: ZoneInfo, day: date) -> tuple[datetime, ...]:
    found = set()
    for hour in cron.hours:
        for minute in cron.minutes:
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            found.add(local.astimezone(UTC))
            if cron.every_hour:
                found.add(local.replace(fold=1).astimezone(UTC))
    return tuple(sorted(found))
