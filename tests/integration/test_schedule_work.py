"""What a worker does with a job: real ledger and locks on both engines, real processes of a program that stands in for `reumi`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete

from reumi.schedule.child import ChildEnd, Order
from reumi.schedule.errors import JobBusy
from reumi.schedule.plan import AlertPlan, Job, SchedulePlan
from reumi.schedule.timetable import IntervalTimetable
from reumi.schedule.work import Shift
from reumi.telemetry import Log
from scraper.stopping import StopSignal
from storage.engine import writing
from storage.job_alerts import alerts_of, due_alerts
from storage.job_locks import HeldLock, Holding, holdings
from storage.job_runs import Ending, arm, finish, take_by_hand
from storage.job_views import job_runs
from storage.models import JobLock
from tests.stand_in import stand_in

SLEEPER = "import time; print('here', flush=True); time.sleep(600)"
Shifts = Callable[[str], Shift]
T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def shift(engine: Engine, tmp_path: Path) -> Shifts:
    """Makes a shift whose commands are the given program; it has the jobs crawl, tag and index, in a chain."""
    zone = ZoneInfo("Asia/Seoul")
    jobs = {
        "crawl": Job("crawl", ("crawl",), None, timedelta(minutes=5), ("tag", "index")),
        "tag": Job("tag", ("tag",), None, timedelta(seconds=30)),
        "index": Job("index", ("index",), None, timedelta(seconds=30)),
    }

    def make(code: str) -> Shift:
        plan = SchedulePlan(tmp_path / "schedule.toml", zone, tmp_path, jobs)
        return Shift(plan, engine, stand_in(tmp_path, code), Log())

    return make


def test_a_chain_runs_in_order_and_leaves_no_lock(shift: Shifts) -> None:
    working = shift("import sys; print('did', sys.argv[1])")
    done = working.work("crawl", by_hand=True)
    assert [(run.job, run.state, run.log_tail) for run in done] == [
        ("crawl", "ok", "did crawl"), ("tag", "ok", "did tag"), ("index", "ok", "did index"),
    ]  # fmt: skip
    assert holdings(working.engine) == {}


def test_a_worker_of_a_scheduler_leaves_what_follows_waiting(shift: Shifts) -> None:
    working = shift("print('did')")
    assert [run.job for run in working.work("crawl", by_hand=True, follow=False)] == ["crawl"]
    assert {row.job: row.state for row in job_runs(working.engine)} == {"crawl": "ok", "tag": "waiting"}


def test_a_failure_ends_the_chain(shift: Shifts) -> None:
    done = shift("import sys; sys.exit('reumi: no' if sys.argv[1] == 'tag' else 0)").work("crawl", by_hand=True)
    assert [(run.job, run.state) for run in done] == [("crawl", "ok"), ("tag", "failed")]
    assert done[1].reason == "exit code 1, reumi: no"


def test_a_stop_hands_the_run_over_and_the_next_shift_goes_on_with_it(shift: Shifts) -> None:
    working = shift(SLEEPER)
    log: list[str] = []

    class Stopping(Log):
        def info(self, message: str, **fields: object) -> None:
            log.append(message)
            if message == "here":
                working.stop.set()

    working.log = Stopping()
    (run,) = working.work("crawl", by_hand=True)
    assert (run.state, run.attempts) == ("waiting", 1)
    assert "goes on at the next start" in str(run.reason)
    done = shift("print('done')").work("crawl")
    assert (done[0].id, done[0].state, done[0].attempts) == (run.id, "ok", 2)
    assert [again.job for again in done] == ["crawl", "tag", "index"]


def test_a_command_that_ends_well_while_it_is_stopped_has_ended_well(shift: Shifts) -> None:
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('here', flush=True)\ntime.sleep(600)"
    working = shift(code)

    class Stopping(Log):
        def info(self, message: str, **fields: object) -> None:
            if message == "here":
                working.stop.set()

    working.log = Stopping()
    assert [run.state for run in working.work("crawl", by_hand=True)] == ["ok"]
    assert [row.state for row in job_runs(working.engine, job="tag")] == ["waiting"]


def test_a_lost_lock_ends_the_command(shift: Shifts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reumi.schedule.work.BEAT", timedelta(0))
    working = shift(SLEEPER)

    class Thief(Log):
        def info(self, message: str, **fields: object) -> None:
            if message == "here":
                with writing(working.engine) as connection:
                    connection.execute(delete(JobLock))

    working.log = Thief()
    (run,) = working.work("crawl", by_hand=True)
    assert run.state == "waiting"
    assert "the lock was lost" in str(run.reason)


def test_a_busy_job_is_refused_and_a_busy_follower_waited_for(shift: Shifts) -> None:
    working = shift("print('did')")
    other = HeldLock(working.engine, "tag", "elsewhere/1/1")
    assert other.acquire(datetime.now(UTC))
    with pytest.raises(JobBusy, match="process 1 on elsewhere"):
        working.work("tag")
    freed: list[str] = []

    class Freeing(Log):
        def info(self, message: str, **fields: object) -> None:
            if message == "ok" and not freed:
                freed.append(message)
                other.release()

    working.log = Freeing()
    assert [run.job for run in working.work("crawl", by_hand=True)] == ["crawl", "tag", "index"]


def test_a_follower_that_another_worker_did_is_not_done_again(shift: Shifts) -> None:
    working = shift("print('did')")
    finish(working.engine, take_by_hand(working.engine, "crawl", ("tag",), datetime.now(UTC), "a/1/1"), Ending("ok"), datetime.now(UTC))
    assert [run.job for run in working.work("tag")] == ["tag"]
    assert working.work("tag") == []


def ending_well(_order: Order, _watch: Callable[[], str], _said: Callable[[str], None]) -> ChildEnd:
    """A command that ends at once."""
    return ChildEnd(0, "", "", 0)


def miss_slots(working: Shift, mail: Path) -> None:
    """Let the crawl have two due slots, of which one is missed, on a clock that ticks, with a command that is told of it."""
    timetable, ticks = IntervalTimetable(timedelta(hours=1), ZoneInfo("Asia/Seoul")), count()
    arm(working.engine, "crawl", timetable.text, T0)
    jobs = {**working.plan.jobs, "crawl": replace(working.plan.job("crawl"), timetable=timetable)}
    command = (sys.executable, "-c", f"open({str(mail)!r}, 'a').write('told')")
    working.plan = replace(working.plan, jobs=jobs, alerts=AlertPlan(command=command))
    working.clock = lambda: T0 + timedelta(hours=2, seconds=next(ticks))


def test_no_alert_is_sent_between_the_lock_and_the_command_and_the_lock_is_fresh_when_it_begins(shift: Shifts, tmp_path: Path) -> None:
    working, mail = shift(""), tmp_path / "mail"
    miss_slots(working, mail)

    def runner(order: Order, watch: Callable[[], str], said: Callable[[str], None]) -> ChildEnd:
        lock = holdings(working.engine)["crawl"]
        assert lock.heartbeat_at > lock.acquired_at
        assert not mail.exists()
        assert [(alert.event, alert.tries) for alert in due_alerts(working.engine, working.clock())] == [("missed", 0)]
        return ending_well(order, watch, said)

    working.runner = runner
    assert [run.state for run in working.work("crawl", follow=False)] == ["ok"]
    assert not mail.exists()
    assert working.alerts.again(working.clock()) == 1
    assert mail.read_text() == "told"


def test_a_lock_that_is_lost_before_the_command_begins_leaves_the_run_waiting(shift: Shifts, tmp_path: Path) -> None:
    working, begun = shift(""), list[Order]()
    miss_slots(working, tmp_path / "mail")

    class Thief(Log):
        def warning(self, message: str, **fields: object) -> None:
            if "missed" in message:
                with writing(working.engine) as connection:
                    connection.execute(delete(JobLock))

    working.log = Thief()

    def runner(order: Order, watch: Callable[[], str], said: Callable[[str], None]) -> ChildEnd:
        begun.append(order)
        return ending_well(order, watch, said)

    working.runner = runner
    (run,) = working.work("crawl", follow=False)
    assert (run.state, begun) == ("waiting", [])
    assert "the lock was lost" in str(run.reason)


def test_how_a_run_ended_is_told_when_its_lock_is_free_again(shift: Shifts) -> None:
    working, locks = shift("import sys; sys.exit(1)"), list[dict[str, Holding]]()
    working.plan = replace(working.plan, alerts=AlertPlan(command=(sys.executable, "-c", "")))

    class Watching(Log):
        def info(self, message: str, **fields: object) -> None:
            if message.startswith("alert `failed` delivered"):
                locks.append(holdings(working.engine))

    working.log = Watching()
    (run,) = working.work("crawl", by_hand=True)
    assert locks == [{}]
    assert [alert.delivered_at is not None for alert in alerts_of(working.engine, run.id)] == [True]


def meeting_another(working: Shift, tries: int) -> list[datetime]:
    """Let the command meet another at the same work a number of times; returns when it is tried, on a clock that only pauses move."""
    moments, now = list[datetime](), [T0]

    def runner(order: Order, watch: Callable[[], str], said: Callable[[str], None]) -> ChildEnd:
        moments.append(now[0])
        return ChildEnd(75, "", "reumi: process 7 crawls it already", 0) if len(moments) <= tries else ending_well(order, watch, said)

    def pause(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    working.clock, working.runner, working.pause = lambda: now[0], runner, pause
    return moments


def test_a_command_that_meets_another_at_the_same_work_is_tried_again_in_the_same_run(shift: Shifts) -> None:
    working = shift("")
    moments = meeting_another(working, tries=2)
    (run,) = working.work("crawl", by_hand=True, follow=False)
    assert (run.state, run.attempts) == ("ok", 1)
    assert moments == [T0, T0 + timedelta(minutes=1), T0 + timedelta(minutes=2)]


def test_a_command_that_meets_another_until_its_deadline_has_failed(shift: Shifts) -> None:
    working = shift("")
    moments = meeting_another(working, tries=1000)
    (run,) = working.work("crawl", by_hand=True)
    assert (run.state, run.reason) == ("failed", "exit code 75 for 5m, reumi: process 7 crawls it already")
    assert len(moments) == 6


def test_a_stop_ends_the_wait_for_another_and_the_run_goes_on_later(shift: Shifts) -> None:
    working = shift("")
    moments = meeting_another(working, tries=1)
    working.pause = lambda _seconds: working.stop.set()
    (run,) = working.work("crawl", by_hand=True)
    assert (run.state, len(moments)) == ("waiting", 1)
    working.stop = StopSignal()
    assert [(again.id, again.state) for again in working.work("crawl", follow=False)] == [(run.id, "ok")]
