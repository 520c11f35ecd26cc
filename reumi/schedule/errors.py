"""Errors of the schedule.

ScheduleError
├── ScheduleInvalid   a line of the schedule file cannot be used: correct it
├── NoSchedule        there is no schedule file: `reumi schedule init` writes one
├── UnknownJob        no job of that name: choose one of those listed
├── JobBusy           another process runs that job now: wait for it
└── ScheduleHeld      another process runs the schedule of this database
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from reumi.errors import ReumiError


class ScheduleError(ReumiError):
    """Root of the schedule's errors."""


class ScheduleInvalid(ScheduleError):
    """A schedule file that cannot be used; the sentence begins with the file and the line."""

    exit_code = 2

    def __init__(self, path: Path, line: int | None, sentence: str) -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {sentence}")
        self.line = line


class NoSchedule(ScheduleError):
    """No schedule file where one was looked for."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no schedule file {path}: write one with `reumi schedule init`, or name yours with --file")


class UnknownJob(ScheduleError):
    """No such job."""

    exit_code = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"the schedule has no job `{name}`; it has {', '.join(known)}")


class JobBusy(ScheduleError):
    """The job's lock is held."""

    exit_code = 75  # EX_TEMPFAIL: try again later

    def __init__(self, job: str, holder: str, since: datetime | None) -> None:
        super().__init__(f"job `{job}` is being run by {describe_holder(holder)}{_since(since)}: wait for its end")


class ScheduleHeld(ScheduleError):
    """A second scheduler on one database."""

    exit_code = 75

    def __init__(self, holder: str, since: datetime | None) -> None:
        super().__init__(
            f"the schedule of this database is run by {describe_holder(holder)}{_since(since)}: stop that one first, "
            "or start this one with --standby to take over when it ends"
        )


def describe_holder(holder: str) -> str:
    """`host/pid/start` for people."""
    host, _, rest = holder.partition("/")
    return f"process {rest.partition('/')[0]} on {host}"


def _since(moment: datetime | None) -> str:
    return f" since {moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None else ""
