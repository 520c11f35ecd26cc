"""The scheduler in the foreground: APScheduler wakes it at every slot, and now and then between, to look at the ledger.

Nothing is kept by APScheduler: its jobs are rebuilt from the file at each start, and what was due is read from the database.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from reumi.schedule.alerts import Alerts
from reumi.schedule.dispatch import Dispatcher, ProcessLauncher
from reumi.schedule.errors import ScheduleHeld
from reumi.schedule.plan import SCHEDULE_LOCK, SchedulePlan
from reumi.schedule.timetable import Timetable
from reumi.telemetry import Log
from storage.errors import StorageError
from storage.job_alerts import forget_alerts
from storage.job_locks import HeldLock, holding
from storage.job_runs import forget_logs
from storage.owners import this_process
from storage.upkeep import forget_pages

KEEP = timedelta(days=30)
_LOOK_SECONDS = 2  # a look is two small reads, and what follows a job begins at one
_STANDBY_SECONDS = 5.0
_ALERT_SECONDS = 15
_END_SECONDS = 60.0  # that the workers have to stop; more than a command's own grace


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the slots of a timetable, so that APScheduler wakes at just the instants that the ledger counts."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first slot after the previous one, or after now."""
        return self._timetable.next_after((previous_fire_time or now).astimezone(UTC))


@dataclass(slots=True)
class Daemon:
    """Runs a schedule until a signal: SIGTERM or SIGINT hands the running jobs over, or with `finish` lets them end first.

    A second signal hands them over in any case.
    """

    plan: SchedulePlan
    engine: Engine
    launcher: ProcessLauncher
    log: Log
    finish: bool = False
    standby: bool = False
    shown: Callable[[], None] = lambda: None  # writes the metrics file, if any
    _ended: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Hold the schedule of this database and run it. Raises ScheduleHeld when another process does."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        lock = HeldLock(self.engine, SCHEDULE_LOCK, this_process())
        if not self._acquire(lock):
            return
        dispatcher = Dispatcher(self.plan, self.engine, self.launcher)
        try:
            dispatcher.arm(datetime.now(UTC))
            self._serve(dispatcher, lock)
        finally:
            self.log.info("the scheduler ends" + (" when the running jobs have ended" if self.finish else ", running jobs are handed over"))
            self.launcher.end(_END_SECONDS, lambda: self.finish)
            lock.release()

    def _serve(self, dispatcher: Dispatcher, lock: HeldLock) -> None:
        # Its own remarks (a wake-up that came late or twice) mean nothing here, and are no events of ours.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        scheduler = BackgroundScheduler(timezone=self.plan.zone, job_defaults={"coalesce": True, "misfire_grace_time": None})
        look = self._guarded(lambda now: self._look(dispatcher, now))
        for job in self.plan.jobs.values():
            if job.timetable is not None:
                scheduler.add_job(look, SlotTrigger(job.timetable), id=job.name, name=job.name)
        scheduler.add_job(look, IntervalTrigger(seconds=_LOOK_SECONDS), id=".look", next_run_time=datetime.now(UTC))
        scheduler.add_job(
            self._guarded(lambda _now: self._beat(lock)), IntervalTrigger(seconds=15), id=".beat", next_run_time=datetime.now(UTC)
        )
        scheduler.add_job(self._guarded(self._tidy), IntervalTrigger(hours=24), id=".tidy", next_run_time=datetime.now(UTC))
        alerts = Alerts(self.plan.alerts, self.engine, self.log)
        scheduler.add_job(
            self._guarded(lambda now: alerts.again(now, self._ended.is_set), threading.Lock()),  # a slow webhook delays no job
            IntervalTrigger(seconds=_ALERT_SECONDS), id=".alerts", next_run_time=datetime.now(UTC),
        )  # fmt: skip
        scheduler.start()
        self.log.info(f"schedule {self.plan.path} runs: {', '.join(self._upcoming())}")
        try:
            while not self._ended.wait(0.5):
                pass
        finally:
            scheduler.shutdown(wait=True)

    def _acquire(self, lock: HeldLock) -> bool:
        """Take the schedule's lock; False where a signal came while standing by."""
        told = False
        while not lock.acquire(datetime.now(UTC)):
            held = holding(self.engine, SCHEDULE_LOCK)
            error = ScheduleHeld(held.holder if held else "another process", held.acquired_at if held else None)
            if not self.standby:
                raise error
            if not told:
                self.log.info(f"standing by: {error}")
                told = True
            if self._ended.wait(_STANDBY_SECONDS):
                return False
        return True

    def _look(self, dispatcher: Dispatcher, now: datetime) -> None:
        self.launcher.reap()
        dispatcher.look(now)

    def _beat(self, lock: HeldLock) -> None:
        if not lock.beat(datetime.now(UTC)) and not lock.acquire(datetime.now(UTC)):
            self.log.error("another process has taken over the schedule, this one ends")
            self._ended.set()
        self.shown()

    def _tidy(self, now: datetime) -> None:
        """Once a day: what a year would otherwise pile up."""
        forget_logs(self.engine, now - KEEP)
        forget_alerts(self.engine, now - KEEP)
        forget_pages(self.engine, now - KEEP)

    def _guarded(self, action: Callable[[datetime], Any], turn: threading.Lock | None = None) -> Callable[[], None]:
        """One at a time of those that share a turn; what goes wrong is logged, and the next look finds what was due."""

        def act() -> None:
            with turn or self._turn:
                try:
                    action(datetime.now(UTC))
                except StorageError as error:
                    self.log.error(f"{error}")
                except Exception as error:
                    self.log.error(f"{type(error).__name__}: {error}")

        return act

    def _upcoming(self) -> list[str]:
        now = datetime.now(UTC)
        slots = {job.name: job.next_after(now) for job in self.plan.jobs.values()}
        return [f"{name} at {slot.astimezone(self.plan.zone):%m-%d %H:%M %Z}" for name, slot in slots.items() if slot is not None]

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._ended.is_set():
            self.finish = False
        self._ended.set()
