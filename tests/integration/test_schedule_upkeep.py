"""What a database that runs for a year forgets, and what it tells those who watch it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, insert, select

from reumi.schedule.cron import Cron
from reumi.schedule.health import gather
from reumi.schedule.plan import SCHEDULE_LOCK, Job, SchedulePlan
from reumi.schedule.timetable import CronTimetable
from storage.engine import reading, writing
from storage.job_locks import HeldLock
from storage.job_runs import Ending, finish, take_by_hand
from storage.models import FrontierPage
from storage.runs import finish_run, start_run
from storage.upkeep import forget_pages
from storage.watch import list_readings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def crawl(engine: Engine, *names: str, rows: int = 50, state: str = "finished", verdict: str = "ok") -> str:
    run_id = start_run(engine, {"lists": list(names)}, "https://site", "agent", False)
    if state != "running":
        finish_run(engine, run_id, state, verdict, [], {}, {"lists": dict.fromkeys(names, rows)}, 3)
    return run_id


def add_page(engine: Engine, run_id: str) -> None:
    page = {
        "run_id": run_id, "key": "song/1", "kind": "song", "priority": 2, "url": "https://site/1", "list_key": None, "start_index": 1,
        "song_id": "1", "state": "done", "attempts": 1, "due_at": NOW, "lease_owner": None, "lease_until": None, "reason": None,
    }  # fmt: skip
    with writing(engine) as connection:
        connection.execute(insert(FrontierPage), page)


def pages(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return dict(connection.execute(select(FrontierPage.run_id, func.count()).group_by(FrontierPage.run_id)).all())  # type: ignore[arg-type]


def plan(folder: Path) -> SchedulePlan:
    job = Job("top100", ("crawl",), CronTimetable(Cron.read("7 * * * *"), SEOUL), timedelta(minutes=50))
    return SchedulePlan(folder / "schedule.toml", SEOUL, folder, {"top100": job})


def test_only_pages_of_runs_that_finished_long_ago_are_forgotten(engine: Engine) -> None:
    done, stopped = crawl(engine, "chart/day/GN0000"), crawl(engine, "chart/week/GN0000", state="stopped")
    for run_id in (done, stopped):
        add_page(engine, run_id)
    assert forget_pages(engine, datetime.now(UTC) - timedelta(days=1)) == 0
    assert forget_pages(engine, datetime.now(UTC) + timedelta(days=1)) == 1
    assert pages(engine) == {stopped: 1}


def test_each_list_is_as_fresh_as_its_last_whole_reading(engine: Engine) -> None:
    crawl(engine, "chart/top100/GN0000", "genre/GN0100/steady", rows=50)
    latest = crawl(engine, "chart/top100/GN0000", rows=100)
    crawl(engine, "genre/GN0100/steady", state="stopped")
    found = {reading.list_name: reading for reading in list_readings(engine)}
    assert {name: item.rows for name, item in found.items()} == {"chart/top100/GN0000": 100, "genre/GN0100/steady": 50}
    assert found["chart/top100/GN0000"].run_id == latest


def test_a_job_whose_last_success_is_too_old_is_a_problem_and_its_lists_are_late(sqlite_engine: Engine, tmp_path: Path) -> None:
    assert HeldLock(sqlite_engine, SCHEDULE_LOCK, "elsewhere/1/1").acquire(NOW)
    run_id = crawl(sqlite_engine, "chart/top100/GN0000")
    finish(sqlite_engine, take_by_hand(sqlite_engine, "top100", (), NOW, "a/1/1"), Ending("ok", 0, "ok", run_id=run_id), NOW)
    well = gather(sqlite_engine, plan(tmp_path), tmp_path / "index", NOW + timedelta(minutes=1))
    assert (well.problems, well.late_lists) == ((), frozenset())
    late_at = NOW + timedelta(hours=2, minutes=51)
    assert HeldLock(sqlite_engine, SCHEDULE_LOCK, "elsewhere/1/1").acquire(late_at)
    late = gather(sqlite_engine, plan(tmp_path), tmp_path / "index", late_at)
    assert late.late_lists == {"chart/top100/GN0000"}
    assert ["too long ago" in problem for problem in late.problems] == [True]


def test_a_job_that_never_ran_well_is_late_only_after_the_scheduler_had_its_time(sqlite_engine: Engine, tmp_path: Path) -> None:
    lock = HeldLock(sqlite_engine, SCHEDULE_LOCK, "elsewhere/1/1")
    assert lock.acquire(NOW)
    assert gather(sqlite_engine, plan(tmp_path), tmp_path / "index", NOW + timedelta(minutes=1)).problems == ()
    assert lock.beat(NOW + timedelta(hours=5))
    (problem,) = gather(sqlite_engine, plan(tmp_path), tmp_path / "index", NOW + timedelta(hours=5)).problems
    assert "never" in problem


def test_a_broken_crawl_is_a_problem_even_without_a_schedule(sqlite_engine: Engine, tmp_path: Path) -> None:
    run_id = crawl(sqlite_engine, "chart/day/GN0000", verdict="broken")
    (problem,) = gather(sqlite_engine, None, tmp_path / "index", NOW).problems
    assert run_id in problem
