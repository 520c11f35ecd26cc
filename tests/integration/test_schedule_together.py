"""Workers of several schedulers on one database, as real processes that begin at one instant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from reumi.schedule.errors import JobBusy
from reumi.schedule.file import read_schedule
from storage.job_locks import holdings
from storage.job_runs import arm
from storage.job_views import backlogs, job_runs

SCHEDULE = '[jobs.stats]\nrun = "stats"\nevery = "1h"\nthen = ["check"]\n\n[jobs.check]\nrun = "db check"\n'
WORKERS = 4


@pytest.mark.slow
def test_a_slot_that_all_see_due_at_once_is_run_by_one(engine: Engine, database: str, tmp_path: Path) -> None:
    path = tmp_path / "reumi-schedule.toml"
    path.write_text(SCHEDULE, encoding="utf-8")
    timetable = read_schedule(path).job("stats").timetable
    assert timetable is not None
    arm(engine, "stats", timetable.text, datetime.now(UTC) - timedelta(hours=6, minutes=1))
    for _ in range(2):  # the second time there is nothing left to do
        command = [sys.executable, "-m", "reumi", "schedule", "work", "stats", "--file", str(path), "--db", database]
        workers = [subprocess.Popen(command, env={**os.environ}, stderr=subprocess.DEVNULL) for _ in range(WORKERS)]
        ends = {worker.wait(timeout=120) for worker in workers}
        assert ends <= {0, JobBusy.exit_code}
    rows = job_runs(engine, job="stats", limit=100)
    states = Counter(row.state for row in rows)
    assert states["ok"] == 1
    assert states["missed"] == len(rows) - 1 >= 5
    assert len({row.slot_at for row in rows}) == len(rows)
    assert all(row.reason == "no scheduler was running; a later slot is run" for row in rows if row.state == "missed")
    assert backlogs(engine)["check"].waiting == 1
    assert holdings(engine) == {}
