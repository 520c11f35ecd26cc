"""Machines that run one schedule by a clock that jumps: real ledger, locks and planner; only the commands and the time are made up."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from reumi.schedule.cron import Cron
from reumi.schedule.dispatch import Dispatcher
from reumi.schedule.plan import Job, SchedulePlan
from reumi.schedule.timetable import CronTimetable, slots_between
from reumi.schedule.work import take_due
from storage.job_locks import STALE, HeldLock
from storage.job_runs import Ending, finish
from storage.job_views import JobRunView, job_runs
from storage.schema import open_for_writing

START = datetime(2026, 1, 1, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def plan(**crons: str) -> SchedulePlan:
    jobs = {name: Job(name, ("crawl",), CronTimetable(Cron.read(line), SEOUL), timedelta(hours=3)) for name, line in crons.items()}
    jobs["weekly"] = Job("weekly", ("crawl",), CronTimetable(Cron.read("40 4 * * mon"), SEOUL), timedelta(hours=6), then=("tag",))
    jobs["tag"] = Job("tag", ("tag",), None, timedelta(hours=1))
    return SchedulePlan(Path("schedule.toml"), SEOUL, Path(), jobs)


@dataclass
class Execution:
    """One attempt at a run: who, when; `ended` is None while it goes on, and `complete` false where the machine went down."""

    run: JobRunView
    machine: str
    began: datetime
    due: datetime
    lock: HeldLock
    ended: datetime | None = None
    complete: bool = False


@dataclass
class Machine:
    """A scheduler with its workers; also their launcher."""

    name: str
    schedule: SchedulePlan
    url: str
    dice: random.Random
    executions: list[Execution]
    now: datetime = START
    down_until: datetime = START
    working: dict[str, Execution] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = open_for_writing(self.url)
        self.dispatcher = Dispatcher(self.schedule, self.engine, self)

    def launch(self, job: Job) -> None:
        lock = HeldLock(self.engine, job.name, f"{self.name}/1/{self.dice.random()}")
        if not lock.acquire(self.now):
            return
        taken = take_due(self.engine, job, self.now, lock.holder)
        if taken.run is None:
            lock.release()
            return
        length = timedelta(minutes=self.dice.choice((1, 4, 9, 20, 70, 150) if job.name == "hourly" else (2, 30)))
        self.working[job.name] = Execution(taken.run, self.name, self.now, self.now + length, lock)
        self.executions.append(self.working[job.name])

    def beat(self) -> None:
        for execution in self.working.values():
            assert execution.lock.beat(self.now), "a living holder lost its lock"

    def end_due(self) -> None:
        for name, execution in list(self.working.items()):
            if execution.due <= self.now:
                execution.ended, execution.complete = self.now, True
                finish(self.engine, execution.run, Ending("ok"), self.now)
                execution.lock.release()
                del self.working[name]

    def go_down(self, until: datetime) -> None:
        """The power fails: nothing is recorded, locks stay as they are until they are stale."""
        for execution in self.working.values():
            execution.ended = self.now
            execution.lock.disconnect()  # a server notices that its client is gone
        self.working.clear()
        self.down_until = until

    @property
    def is_up(self) -> bool:
        return self.now >= self.down_until


class World:
    """Moves from event to event: a slot, the end of a run, a power cut, its end, a lock that becomes stale."""

    def __init__(self, url: str, machines: int, seed: int, **crons: str) -> None:
        self.dice = random.Random(seed)
        self.executions: list[Execution] = []
        self.schedule = plan(**crons)
        self.machines = [Machine(f"machine{number}", self.schedule, url, self.dice, self.executions) for number in range(machines)]
        self.cuts = [START + timedelta(hours=self.dice.uniform(1, 23)) for _ in self.machines]
        self.now = START
        for machine in self.machines:
            machine.dispatcher.arm(START)

    def run(self, days: int) -> None:
        end = START + timedelta(days=days)
        while self.now < end:
            self.step()
        # A calm hour at the end lets what was interrupted come to its end.
        for machine in self.machines:
            machine.down_until = self.now
        self.cuts = [end + timedelta(days=1)] * len(self.machines)
        while self.now < end + timedelta(hours=12) or any(machine.working for machine in self.machines):
            self.step()

    def step(self) -> None:
        self.now = min(moment for moment in self.events() if moment > self.now)
        for number, machine in enumerate(self.machines):
            machine.now = self.now
            if self.now >= self.cuts[number]:
                machine.go_down(self.now + timedelta(hours=1))
                self.cuts[number] += timedelta(hours=self.dice.uniform(20, 28))
        up = [machine for machine in self.machines if machine.is_up]
        for machine in up:
            machine.beat()
        for machine in up:
            machine.end_due()
        for machine in self.dice.sample(up, len(up)):
            machine.dispatcher.look(self.now)

    def events(self) -> list[datetime]:
        moments = list(self.cuts)
        for machine in self.machines:
            moments += [machine.down_until, machine.down_until - timedelta(hours=1) + STALE]
            moments += [execution.due for execution in machine.working.values()]
        for job in self.schedule.jobs.values():
            if (slot := job.next_after(self.now)) is not None:
                moments.append(slot)
        return moments

    def close(self) -> None:
        for machine in self.machines:
            machine.engine.dispose()

    def check(self) -> None:
        """Every slot is one row: run to its end exactly once, or missed with a reason; no job ever ran twice at a time."""
        engine = self.machines[0].engine
        completions = defaultdict(list)
        for execution in self.executions:
            if execution.complete:
                completions[execution.run.id].append(execution)
        for job in self.schedule.jobs.values():
            rows = job_runs(engine, job=job.name, limit=1_000_000)
            if job.timetable is not None:
                expected = list(slots_between(job.timetable, START, self.now))
                settled = [slot for slot in expected if slot <= max(row.slot_at for row in rows if row.slot_at)]
                assert len(expected) - len(settled) <= 1  # at most the slot of this very instant
                assert sorted(row.slot_at for row in rows if row.slot_at) == settled
            for row in rows:
                assert row.state in ("ok", "missed", "merged", "died"), row
                assert len(completions[row.id]) == (row.state == "ok"), row
                assert row.state == "ok" or row.reason, row
        assert overlaps(self.executions) == []


def overlaps(executions: list[Execution]) -> list[tuple[Execution, Execution]]:
    found = []
    by_job = defaultdict(list)
    for execution in executions:
        by_job[execution.run.job].append(execution)
    for attempts in by_job.values():
        attempts.sort(key=lambda execution: execution.began)
        for sooner, later in pairwise(attempts):
            if sooner.ended is None or later.began < sooner.ended:
                found.append((sooner, later))
    return found
