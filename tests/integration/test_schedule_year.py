"""A year by a fake clock: every machine is down for an hour a day and jobs take as long as the dice say."""

from __future__ import annotations

from collections import Counter

import pytest

from storage.job_views import job_runs
from tests.simulated_machines import World

# A server takes several times as long: two machines go through three days on one, the rest of the server's share is slow.
LATER = (pytest.mark.postgres, pytest.mark.slow)
CRONS = {"hourly": "7 * * * *", "daily": "20 13 * * *"}


@pytest.mark.parametrize(
    ("database", "machines", "days"),
    [
        ("sqlite", 1, 7),
        ("sqlite", 2, 7),
        pytest.param("postgresql", 2, 3, marks=pytest.mark.postgres),
        pytest.param("postgresql", 1, 7, marks=LATER),
        pytest.param("postgresql", 2, 7, marks=LATER),
    ],
    indirect=["database"],
)
def test_some_days_run_every_slot_once_or_record_it_as_missed(database: str, machines: int, days: int) -> None:
    world = World(database, machines, seed=machines, **CRONS)
    world.run(days=days)
    world.check()
    states = Counter(row.state for row in job_runs(world.machines[0].engine, job="hourly", limit=1000))
    assert states["ok"] > 11 * days
    assert states["missed"] > days // 2
    if machines == 2:
        assert {execution.machine for execution in world.executions} == {"machine0", "machine1"}
    world.close()


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("machines", [1, 2])
def test_a_year_runs_every_slot_once_or_records_it_as_missed(database: str, machines: int) -> None:
    world = World(database, machines, seed=10 + machines, **CRONS)
    world.run(days=365)
    world.check()
    states = Counter(row.state for row in job_runs(world.machines[0].engine, limit=1_000_000) if row.slot_at)
    print(
        f"a year of {machines} machine(s): {sum(states.values()):,} slots, {dict(states)}, {len(world.executions):,} attempts, 0 overlaps"
    )
    assert states["ok"] > 5_000
    world.close()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=LATER)], indirect=True)
def test_an_interrupted_run_goes_on_and_its_followers_run_once(database: str) -> None:
    world = World(database, 1, seed=3, **CRONS)
    world.run(days=8)
    engine = world.machines[0].engine
    assert any(row.attempts > 1 and row.state == "ok" for row in job_runs(engine, limit=1000))
    weekly = [row for row in job_runs(engine, job="weekly", limit=100) if row.state == "ok"]
    followers = [row for row in job_runs(engine, job="tag", limit=100) if row.state == "ok"]
    assert sorted(row.after_id for row in followers if row.after_id) == sorted(row.id for row in weekly)
    world.close()
