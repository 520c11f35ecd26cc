"""The ledger of jobs and its locks, on both engines."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete

from storage.engine import open_engine, writing
from storage.job_locks import BEAT, STALE, HeldLock, holding, holdings
from storage.job_runs import MOST_ATTEMPTS, Ending, arm, drop_unknown, finish, forget_logs, take, take_by_hand
from storage.job_views import JobRunView, backlogs, job_runs, state_counts
from storage.models import JobLock
from storage.owners import this_process
from storage.schema import open_for_writing

T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ME = "elsewhere/1/1"
Locks = Callable[[Engine, str], HeldLock]


def hourly(now: datetime):  # type: ignore[no-untyped-def]
    """Slots on the full hour, up to now."""

    def slots(settled: datetime) -> list[datetime]:
        first = (settled.replace(minute=0, second=0, microsecond=0)) + HOUR
        return [first + number * HOUR for number in range(1000) if first + number * HOUR <= now]

    return slots


@pytest.fixture
def lock() -> Iterator[Locks]:
    """Makes locks named `job`, and gives them up at the end."""
    made: list[HeldLock] = []

    def make(engine: Engine, holder: str) -> HeldLock:
        made.append(HeldLock(engine, "job", holder))
        return made[-1]

    yield make
    for item in made:
        item.disconnect()


def begin(engine: Engine, now: datetime, *, then: tuple[str, ...] = (), not_before: datetime | None = None) -> JobRunView | None:
    return take(engine, "job", hourly(now), then, now, ME, not_before=not_before).run


def begun(engine: Engine, now: datetime, **options: tuple[str, ...]) -> JobRunView:
    found = begin(engine, now, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_only_slots_after_the_arming_count(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0 + MINUTE)
    assert begin(engine, T0 + 59 * MINUTE) is None
    run = begun(engine, T0 + 61 * MINUTE)
    assert (run.slot_at, run.state, run.attempts, run.cause) == (T0 + HOUR, "running", 1, "slot")


def test_a_slot_is_taken_once(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    finish(engine, begun(engine, T0 + HOUR), Ending("ok"), T0 + HOUR + MINUTE)
    assert begin(engine, T0 + HOUR + 2 * MINUTE) is None


def test_of_several_due_slots_the_last_is_run_and_the_others_say_why_not(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    first = begun(engine, T0 + HOUR)
    finish(engine, first, Ending("ok"), T0 + 2 * HOUR + MINUTE)
    now = T0 + 5 * HOUR + MINUTE
    taken = take(engine, "job", hourly(now), (), now, ME)
    assert taken.run is not None
    assert taken.run.slot_at == T0 + 5 * HOUR
    assert taken.missed == 3
    assert taken.last_missed is not None
    reasons = {row.slot_at: row.reason for row in job_runs(engine, states=("missed",))}
    assert reasons == {
        T0 + 2 * HOUR: f"run {first.id} was still going on; a later slot is run",
        T0 + 3 * HOUR: "no scheduler was running; a later slot is run",
        T0 + 4 * HOUR: "no scheduler was running; a later slot is run",
    }


def test_a_job_that_is_not_caught_up_lets_late_slots_lapse(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    now = T0 + 2 * HOUR + 30 * MINUTE
    assert begin(engine, now, not_before=now - 5 * MINUTE) is None
    assert [row.reason for row in job_runs(engine)] == ["no scheduler was running; not caught up"] * 2
    assert begin(engine, T0 + 3 * HOUR, not_before=T0 + 3 * HOUR - 5 * MINUTE) is not None


def test_an_interrupted_run_goes_on_in_its_own_row_and_is_given_up_at_last(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    numbers = {begun(engine, T0 + HOUR + attempt * MINUTE).id for attempt in range(MOST_ATTEMPTS)}
    assert len(numbers) == 1
    taken = take(engine, "job", hourly(T0 + 90 * MINUTE), (), T0 + 90 * MINUTE, ME)
    assert taken.run is None
    assert [(row.id, row.state) for row in taken.died] == [(numbers.pop(), "died")]


def test_a_run_that_another_process_took_up_is_not_ended_by_the_first(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    first = begun(engine, T0 + HOUR, then=("next",))
    second = begun(engine, T0 + HOUR + MINUTE)
    assert finish(engine, first, Ending("failed"), T0 + HOUR + 2 * MINUTE).state == "running"
    assert finish(engine, second, Ending("ok"), T0 + HOUR + 3 * MINUTE).state == "ok"
    assert backlogs(engine)["next"].waiting == 1


def test_followers_wait_one_after_the_other_and_only_after_success(engine: Engine) -> None:
    run = take_by_hand(engine, "job", ("tag", "index"), T0, ME)
    finish(engine, run, Ending("ok"), T0 + MINUTE)
    assert {name: backlog.waiting for name, backlog in backlogs(engine).items()} == {"tag": 1}
    tag = take(engine, "tag", None, (), T0 + MINUTE, ME).run
    assert tag is not None
    assert (tag.after_id, tag.cause, tag.then) == (run.id, "after", ("index",))
    finish(engine, tag, Ending("failed", 1), T0 + 2 * MINUTE)
    assert backlogs(engine).get("index") is None


def test_equal_followers_are_merged(engine: Engine) -> None:
    for number in range(3):
        finish(engine, take_by_hand(engine, f"job{number}", ("tag", "index"), T0, ME), Ending("ok"), T0)
    tag = take(engine, "tag", None, (), T0, ME).run
    assert tag is not None
    assert state_counts(engine)[("tag", "merged")] == 2
    assert all(str(tag.id) in str(row.reason) for row in job_runs(engine, states=("merged",)))


def test_another_timetable_starts_afresh(engine: Engine) -> None:
    arm(engine, "job", "hourly", T0)
    arm(engine, "job", "hourly", T0 + 3 * HOUR)
    assert backlogs(engine)["job"].settled_until == T0
    arm(engine, "job", "daily", T0 + 3 * HOUR)
    assert backlogs(engine)["job"].settled_until == T0 + 3 * HOUR


def test_what_waits_for_a_job_that_is_gone_is_closed(engine: Engine) -> None:
    finish(engine, take_by_hand(engine, "job", ("old",), T0, ME), Ending("ok"), T0)
    assert drop_unknown(engine, ["job"], T0) == 1
    assert job_runs(engine, job="old")[0].state == "missed"


def test_old_logs_of_good_runs_are_emptied_and_bad_ones_kept(engine: Engine) -> None:
    for state in ("ok", "failed"):
        finish(engine, take_by_hand(engine, state, (), T0, ME), Ending(state, log_tail="said\n가나다"), T0)
    assert forget_logs(engine, T0 + HOUR) == 1
    assert {row.job: row.log_tail for row in job_runs(engine)} == {"ok": "", "failed": "said\n가나다"}


def test_a_lock_is_held_by_one(engine: Engine, lock: Locks) -> None:
    first, second = lock(engine, "a/1/1"), lock(engine, "b/2/2")
    assert first.acquire(T0)
    assert not second.acquire(T0 + MINUTE)
    held = holding(engine, "job")
    assert held is not None
    assert held.holder == "a/1/1"
    assert set(holdings(engine)) == {"job"}
    first.release()
    assert second.acquire(T0 + MINUTE)
    second.release()
    assert holdings(engine) == {}


def test_a_lock_without_a_heartbeat_is_taken_over_and_the_first_holder_told(sqlite_engine: Engine, lock: Locks) -> None:
    first, second = lock(sqlite_engine, "a/1/1"), lock(sqlite_engine, "b/2/2")
    assert first.acquire(T0)
    assert first.beat(T0 + STALE / 2)
    assert not second.acquire(T0 + STALE)
    assert second.acquire(T0 + 2 * STALE)
    assert not first.beat(T0 + 2 * STALE)
    first.release()
    assert second.beat(T0 + 2 * STALE)


def test_a_lock_of_a_dead_process_of_this_machine_is_free_at_once(engine: Engine, lock: Locks) -> None:
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    process.start()
    process.join()
    with writing(engine) as connection:
        connection.execute(
            JobLock.__table__.insert(),  # type: ignore[attr-defined]
            {"name": "job", "holder": f"{socket.gethostname()}/{process.pid}/1", "acquired_at": T0, "heartbeat_at": T0},
        )
    assert lock(engine, this_process()).acquire(T0 + MINUTE)


@pytest.mark.postgres
def test_on_a_server_a_late_heartbeat_does_not_lose_the_lock(postgres_url: str, lock: Locks) -> None:
    engines = [open_for_writing(postgres_url) for _ in range(2)]
    first, second = lock(engines[0], "a/1/1"), lock(engines[1], "b/2/2")
    assert first.acquire(T0)
    assert not second.acquire(T0 + 10 * STALE)
    assert first.beat(T0 + 10 * STALE)
    first.release()
    assert second.acquire(T0 + 10 * STALE)
    for engine in engines:
        engine.dispose()


def cut_connections(engine: Engine) -> None:
    with engine.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.mark.postgres
def test_on_a_server_a_connection_that_was_cut_for_a_moment_loses_nothing(postgres_url: str, lock: Locks) -> None:
    engines = [open_for_writing(postgres_url) for _ in range(2)]
    first, second = lock(engines[0], "a/1/1"), lock(engines[1], "b/2/2")
    assert first.acquire(T0)
    cut_connections(engines[1])
    assert first.beat(T0 + BEAT)
    assert not second.acquire(T0 + BEAT)
    assert first.beat(T0 + 2 * BEAT)
    assert not second.acquire(T0 + 10 * STALE)
    for engine in engines:
        engine.dispose()


@pytest.mark.postgres
def test_on_a_server_a_lost_connection_loses_the_lock_only_when_it_is_stale(postgres_url: str, lock: Locks) -> None:
    engines = [open_for_writing(postgres_url) for _ in range(2)]
    first, second = lock(engines[0], "a/1/1"), lock(engines[1], "b/2/2")
    assert first.acquire(T0)
    cut_connections(engines[1])
    assert not first.beat(T0 + MINUTE)
    assert not second.acquire(T0 + MINUTE)
    assert second.acquire(T0 + STALE + MINUTE)
    for engine in engines:
        engine.dispose()


def test_a_lock_whose_row_was_removed_is_lost(engine: Engine, lock: Locks) -> None:
    held = lock(engine, "a/1/1")
    assert held.acquire(T0)
    with writing(engine) as connection:
        connection.execute(delete(JobLock))
    assert not held.beat(T0 + MINUTE)
    assert lock(engine, "b/2/2").acquire(T0 + MINUTE)


def contend(url: str, gate, wins) -> None:  # type: ignore[no-untyped-def]
    engine = open_engine(url)
    held = HeldLock(engine, "job", this_process())
    gate.wait()
    wins.put(held.acquire(datetime.now(UTC)))
    gate.wait()
    held.disconnect()
    engine.dispose()


def test_of_many_processes_at_one_instant_one_gets_the_lock(engine: Engine, database: str) -> None:
    context = multiprocessing.get_context("spawn")
    gate, wins = context.Barrier(5), context.Queue()
    processes = [context.Process(target=contend, args=(database, gate, wins)) for _ in range(4)]
    for process in processes:
        process.start()
    gate.wait(60)
    won = sorted(wins.get(timeout=60) for _ in processes)
    gate.wait(60)
    for process in processes:
        process.join()
    assert won == [False, False, False, True]
