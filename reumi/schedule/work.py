"""Does the work of one job: takes its lock, runs what is due, records how it ended, then works off what follows."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from reumi.schedule.alerts import Alerts
from reumi.schedule.child import ChildEnd, Order, run_child
from reumi.schedule.duration import write_duration
from reumi.schedule.errors import JobBusy
from reumi.schedule.plan import Job, SchedulePlan
from reumi.schedule.timetable import slots_between
from reumi.telemetry import Log
from scraper.stopping import StopSignal
from storage.job_locks import BEAT, HeldLock, holding
from storage.job_runs import Ending, Taken, finish, take, take_by_hand
from storage.job_views import JobRunView
from storage.owners import this_process
from storage.runs import RunView, run_of_process

LATE = timedelta(minutes=5)  # a slot older than this was not started in time
TRY_AGAIN = 75  # EX_TEMPFAIL: the exit code of a command that met another one at the same work
_REST = timedelta(minutes=1)  # before such a command is tried again
_SHORTEST_WAIT = 0.5  # seconds between two tries for a busy lock
_LOST = "the lock was lost (database away, or this machine stood still); it goes on"

Runner = Callable[[Order, Callable[[], str], Callable[[str], None]], ChildEnd]


@dataclass(slots=True)
class Shift:
    """One process's time at work: the plan, the database, who holds the locks, and a request to stop."""

    plan: SchedulePlan
    engine: Engine
    environment: Mapping[str, str]
    log: Log
    stop: StopSignal = field(default_factory=StopSignal)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    runner: Runner = run_child
    holder: str = field(default_factory=this_process)
    pause: Callable[[float], None] = time.sleep

    @property
    def alerts(self) -> Alerts:
        """The alerts of this plan."""
        return Alerts(self.plan.alerts, self.engine, self.log)

    def work(self, name: str, *, by_hand: bool = False, follow: bool = True) -> list[JobRunView]:
        """Do the next run that a job has to do, or one by hand, and all that follows; returns the runs in order.

        Without `follow` what follows is left waiting, for a scheduler to see to.

        Raises UnknownJob, or JobBusy when another process runs the job.
        """
        job = self.plan.job(name)
        with self._lock(job) as lock:
            if by_hand:
                done = [self._run(job, take_by_hand(self.engine, name, job.then, self.clock(), self.holder), lock)]
            else:
                done = self._next(job, lock)
        for run in done:
            self.alerts.deliver(run, self.clock())
        followers = [run.then[0] for run in done if run.state == "ok" and run.then]
        for follower in followers if follow else ():
            if not self.stop.is_set():
                done += self._follow(self.plan.job(follower))
        return done

    def _follow(self, job: Job) -> list[JobRunView]:
        """Work off a job that waits; one that is busy is waited for, as long as a run of it may take."""
        give_up_at = time.monotonic() + job.deadline.total_seconds() + 60
        while not self.stop.is_set():
            try:
                return self.work(job.name)
            except JobBusy as busy:
                if time.monotonic() >= give_up_at:
                    self.log.warning(f"{busy}; what waits is done by the next scheduler that looks", job=job.name)
                    return []
                self.pause(_SHORTEST_WAIT)
        return []

    @contextmanager
    def _lock(self, job: Job) -> Iterator[HeldLock]:
        lock = HeldLock(self.engine, job.name, self.holder)
        if not lock.acquire(self.clock()):
            held = holding(self.engine, job.name)
            raise JobBusy(job.name, held.holder if held else "another process", held.acquired_at if held else None)
        try:
            yield lock
        finally:
            lock.release()

    def _next(self, job: Job, lock: HeldLock) -> list[JobRunView]:
        """One run, if one is due. What is due after it is for a scheduler to see: a worker whose scheduler is gone must end."""
        now = self.clock()
        taken = take_due(self.engine, job, now, self.holder)
        self._tell(taken, job, now)
        return [self._run(job, taken.run, lock)] if taken.run is not None else []

    def _tell(self, taken: Taken, job: Job, now: datetime) -> None:
        for died in taken.died:
            self.log.error(f"{died.reason}", job=job.name, run=died.id)
            self.alerts.died(died, now)
        if taken.last_missed is not None:
            self.log.warning(f"{taken.missed} slot(s) missed: {taken.last_missed.reason}", job=job.name)
            self.alerts.missed(taken.missed, taken.last_missed, now)

    def _run(self, job: Job, run: JobRunView, lock: HeldLock) -> JobRunView:
        log = self.log.bind(job=job.name, run=run.id)
        log.info(f"started: {job.command}{f' (attempt {run.attempts})' if run.attempts > 1 else ''}")
        finished = finish(self.engine, run, self._execute(job, run, lock, log), self.clock())
        crawl = {"crawl": finished.run_id} if finished.run_id else {}
        (log.info if finished.event == "ok" else log.warning if finished.state == "waiting" else log.error)(
            f"{finished.event}{f': {finished.reason}' if finished.reason else ''}", **crawl
        )
        self.alerts.ended(finished, self.clock())
        return finished

    def _execute(self, job: Job, run: JobRunView, lock: HeldLock, log: Log) -> Ending:
        """Run the command to its end, unless the lock was lost before it could begin.

        One that met another at the same work is tried again, for as long as the deadline, so that its slot is not lost to a busy hour.
        """
        if not lock.beat(self.clock()):  # what came before may have taken long: a database that was busy
            return Ending("waiting", reason=_LOST)
        order = Order(job.arguments, self.plan.folder, self.environment, job.deadline.total_seconds(), job.nice)
        watch, give_up_at = self._watch(lock), self.clock() + job.deadline
        end = self.runner(order, watch, log.info)
        while end.exit_code == TRY_AGAIN and not end.cut and self.clock() < give_up_at:
            log.info(f"busy elsewhere, tried again in {write_duration(_REST)}")
            cut = self._rest(watch)
            end = replace(end, cut=cut) if cut else self.runner(order, watch, log.info)
        return ending_of(end, job, run_of_process(self.engine, socket.gethostname(), end.pid, run.started_at or self.clock()))

    def _rest(self, watch: Callable[[], str]) -> str:
        """Wait before another try, with the lock renewed; returns what cut the wait short, or ''."""
        until = self.clock() + _REST
        while not (cut := watch()) and self.clock() < until:
            self.pause(_SHORTEST_WAIT)
        return cut

    def _watch(self, lock: HeldLock) -> Callable[[], str]:
        """Renew the lock now and then; a stop, or a lost lock, ends the command."""
        beaten, lost = time.monotonic(), False

        def watch() -> str:
            nonlocal beaten, lost
            if time.monotonic() - beaten >= BEAT.total_seconds():
                beaten, lost = time.monotonic(), lost or not lock.beat(self.clock())
            return "lost" if lost else "stop" if self.stop.is_set() else ""

        return watch


def take_due(engine: Engine, job: Job, now: datetime, holder: str) -> Taken:
    """Begin the next run that a job, whose lock the caller holds, has to do by its timetable."""
    timetable = job.timetable
    slots = (lambda settled: list(slots_between(timetable, settled, now))) if timetable is not None else None
    return take(engine, job.name, slots, job.then, now, holder, not_before=None if job.catch_up else now - LATE)


def ending_of(end: ChildEnd, job: Job, crawl: RunView | None) -> Ending:
    """What the ledger keeps of an ended command and the crawl run that it made, if any."""
    state, reason = _state(end, job)
    verdict, counts, run_id = None, {}, None
    if crawl is not None:
        verdict, run_id = crawl.verdict, crawl.run_id
        counts = {**crawl.counts, "requests": crawl.requests}
        if state == "failed" and crawl.reasons:
            reason = f"{reason}: {crawl.reasons[0]}"
    return Ending(state, end.exit_code, verdict, reason, counts, end.log_tail, run_id)


def _state(end: ChildEnd, job: Job) -> tuple[str, str | None]:
    if end.cut == "deadline":
        return "timeout", f"killed at its deadline of {write_duration(job.deadline)}"
    if end.cut == "lost":
        return "waiting", _LOST
    if end.exit_code == 0:
        return "ok", None
    if end.cut == "stop":
        return "waiting", "interrupted when the scheduler was stopped; it goes on at the next start"
    if end.exit_code < 0:
        return "failed", f"killed by signal {-end.exit_code}"
    said = [line for line in end.log_tail.splitlines() if line.startswith("reumi: ")]
    lasted = f" for {write_duration(job.deadline)}" if end.exit_code == TRY_AGAIN else ""
    return "failed", f"exit code {end.exit_code}{lasted}{f', {said[-1]}' if said else ''}"
