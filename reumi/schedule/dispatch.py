"""Decides which jobs have something to do and are free, and has each worked on in a process of its own.

The ledger decides, not the alarm clock: a late, doubled or lost wake-up changes nothing but the time of the start.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from reumi.schedule.errors import JobBusy
from reumi.schedule.plan import Job, SchedulePlan
from reumi.telemetry import Log
from storage.engine import reading
from storage.job_locks import read_holdings
from storage.job_runs import arm, drop_unknown
from storage.job_views import Backlog, read_backlogs

_REST = 60.0  # seconds before a job is tried again whose worker broke
_FINISH = 7 * 86_400.0  # seconds that workers may take to finish: the longest deadline


class Launcher(Protocol):
    """Has a job worked on, elsewhere."""

    def launch(self, job: Job) -> None:
        """Begin, and return at once. A job that turns out to have nothing to do, or to be busy, is no error."""


@dataclass(slots=True)
class Dispatcher:
    """Looks at the ledger and launches what is due."""

    plan: SchedulePlan
    engine: Engine
    launcher: Launcher

    def arm(self, now: datetime) -> None:
        """Let the slots of every job with a timetable count, and close what waits for jobs that are gone."""
        drop_unknown(self.engine, list(self.plan.jobs), now)
        for job in self.plan.jobs.values():
            if job.timetable is not None:
                arm(self.engine, job.name, job.timetable.text, now)

    def look(self, now: datetime) -> list[str]:
        """Launch each job that has something to do and whose lock is free; returns their names."""
        with reading(self.engine) as connection:
            known, held = read_backlogs(connection), read_holdings(connection)
        launched = []
        for job in self.plan.jobs.values():
            is_free = job.name not in held or not held[job.name].is_live(now)
            if is_free and _has_work(job, known.get(job.name, Backlog()), now):
                self.launcher.launch(job)
                launched.append(job.name)
        return launched


def _has_work(job: Job, backlog: Backlog, now: datetime) -> bool:
    if backlog.waiting or backlog.running:
        return True
    if job.timetable is None or backlog.settled_until is None:
        return False
    slot = job.timetable.next_after(backlog.settled_until)
    return slot is not None and slot <= now


@dataclass(slots=True)
class ProcessLauncher:
    """Works on jobs in processes of their own, which go on when this one is killed: the job ends, and its ending is recorded."""

    options: Sequence[str]
    environment: Mapping[str, str]
    log: Log
    pause: Callable[[float], None] = time.sleep
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _rest_until: dict[str, float] = field(default_factory=dict)

    def launch(self, job: Job) -> None:
        """Start a worker, unless one of ours is at this job already, or broke a moment ago."""
        self.reap()
        if job.name not in self._running and time.monotonic() >= self._rest_until.get(job.name, 0.0):
            command = [sys.executable, "-m", "reumi", "schedule", "work", job.name, *self.options]
            self._running[job.name] = subprocess.Popen(
                command, env=dict(self.environment), stdin=subprocess.DEVNULL, start_new_session=True
            )

    def reap(self) -> None:
        """Forget workers that have ended."""
        for name, process in list(self._running.items()):
            code = process.poll()
            if code is not None:
                del self._running[name]
                if code < 0:
                    self.log.error(f"its worker was killed by signal {-code}", job=name)
                elif code not in (0, JobBusy.exit_code):
                    self.log.error(f"its worker broke with exit code {code}: see above", job=name)
                    self._rest_until[name] = time.monotonic() + _REST

    def end(self, seconds: float, may_finish: Callable[[], bool]) -> None:
        """Wait for the workers as long as they may finish; then ask them to stop, so that their runs go on at the next start.

        `may_finish` is asked again and again, since a second signal may change the answer. Who was asked to stop has `seconds` for it.
        """
        self._wait(_FINISH, may_finish)
        for process in self._running.values():
            process.terminate()
        self._wait(seconds, lambda: True)

    def _wait(self, seconds: float, may_go_on: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + seconds
        self.reap()
        while self._running and may_go_on() and time.monotonic() < give_up_at:
            self.pause(0.1)
            self.reap()
