"""What a worker does with a job: real ledger and locks on both engines, real processes of a program that stands in for `reumi`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete

from reumi.schedule.errors import JobBusy
from reumi.schedule.plan import Job, SchedulePlan
from reumi.schedule.work import Shift
from reumi.telemetry import Log
from storage.engine import writing
from storage.job_locks import HeldLock, holdings
from storage.job_runs import Ending, finish, take_by_hand
from storage.job_views import job_runs
from storage.models import JobLock
from tests.stand_in import stand_in

SLEEPER = "import time; print('here', flush=True); time.sleep(600)"
Shifts = Callable[[str], Shift]


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
