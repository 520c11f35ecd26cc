"""What a schedule file says, typed: the jobs with their timetables, the alerts, the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from reumi.schedule.errors import UnknownJob
from reumi.schedule.timetable import Timetable

SCHEDULE_LOCK = ".schedule"  # of whoever runs the schedule; no job's name begins with a dot
EVENTS = ("failed", "timeout", "died", "missed", "broken", "blocked", "recovered")


@dataclass(frozen=True, slots=True)
class Job:
    """One job: the arguments of `reumi`, when, how long at most, and what follows.

    Without a timetable it runs after others or by hand. `then` names all that follows, those that follow a follower too.
    `catch_up=False` lets a slot lapse that nobody was there to start in time.
    """

    name: str
    arguments: tuple[str, ...]
    timetable: Timetable | None
    deadline: timedelta
    then: tuple[str, ...] = ()
    catch_up: bool = True
    nice: int = 0

    @property
    def command(self) -> str:
        """What a person would type."""
        return " ".join(["reumi", *(f'"{part}"' if " " in part else part for part in self.arguments)])

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot after an instant; None where there is none."""
        return self.timetable.next_after(instant) if self.timetable is not None else None


def chain(name: str, jobs: Mapping[str, Job]) -> tuple[str, ...]:
    """All that follows a job: each follower, then its own ones, but for those that come later in any case. There must be no circle."""
    found: tuple[str, ...] = ()
    for follower in reversed(jobs[name].then):
        found = (follower, *(further for further in chain(follower, jobs) if further not in found), *found)
    return found


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """Who is told of which events, and after how long again of one that lasts."""

    command: tuple[str, ...] = ()
    webhook: str = ""
    events: frozenset[str] = frozenset(EVENTS)
    repeat: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class MetricsPlan:
    """Where numbers for Prometheus are shown: a port (0 = none) and a file ('' = none)."""

    port: int = 0
    address: str = "127.0.0.1"
    file: str = ""


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """A whole schedule file. Jobs run in `folder`; `lines` tells where in the file a key stands."""

    path: Path
    zone: ZoneInfo
    folder: Path
    jobs: Mapping[str, Job]
    alerts: AlertPlan = field(default_factory=AlertPlan)
    metrics: MetricsPlan = field(default_factory=MetricsPlan)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def job(self, name: str) -> Job:
        """A job by its name. Raises UnknownJob."""
        if name not in self.jobs:
            raise UnknownJob(name, self.jobs)
        return self.jobs[name]
