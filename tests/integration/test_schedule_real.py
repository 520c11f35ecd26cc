"""Ten minutes of a real schedule on the replica: a crawl a minute with its chain, a job that hangs, one that fails, and a kill -9."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reumi.replica.server import Replica
from storage.job_views import JobRunView, job_runs
from storage.schema import check, open_for_writing
from tests.waiting import free_port, until

MINUTES = 10
SCHEDULE = """\
timezone = "Asia/Seoul"

[jobs.crawl]
run = "crawl --chart top100 --genre 발라드 --limit 20"
cron = "* * * * *"
deadline = "5m"
then = ["tag", "index", "export"]

[jobs.hang]
run = "replica serve --port 0"
cron = "*/3 * * * *"
deadline = "10s"

[jobs.fail]
run = "tag --model nowhere"
cron = "*/4 * * * *"

[jobs.tag]
run = "tag"

[jobs.index]
run = "index"

[jobs.export]
run = "export songs.csv"

[alerts]
webhook = "http://127.0.0.1:{hook}/"
"""


@pytest.fixture
def hook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A webhook: its port and what it was told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, told
    server.shutdown()
    thread.join()
    server.server_close()


def start(folder: Path, site: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reumi", "schedule", "run", "--metrics-port", str(port), "--log-format", "json"]
    environment = {**os.environ, "REUMI_SITE_URL": site}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stderr=log)


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        shown: str = answer.read().decode()
        return shown


def ledger(folder: Path) -> list[JobRunView]:
    engine = open_for_writing(f"sqlite:///{folder / 'reumi.db'}")
    try:
        return job_runs(engine, limit=10_000)[::-1]
    finally:
        engine.dispose()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(1500)
def test_ten_minutes_lose_nothing(tmp_path: Path, hook: tuple[int, list[dict[str, Any]]]) -> None:
    (tmp_path / "reumi-schedule.toml").write_text(SCHEDULE.replace("{hook}", str(hook[0])), encoding="utf-8")
    open_for_writing(f"sqlite:///{tmp_path / 'reumi.db'}").dispose()
    port, began = free_port(), datetime.now(UTC)
    with Replica(now=lambda: datetime.now(UTC)) as replica:
        scheduler = start(tmp_path, replica.url, port)
        try:
            until(lambda: datetime.now(UTC) > began + timedelta(minutes=MINUTES / 2), "", seconds=MINUTES * 60)
            until(lambda: any(row.job == "crawl" and row.state == "running" for row in ledger(tmp_path)), "no crawl runs", seconds=120)
            assert "reumi_songs_untagged" in scraped(port)
            scheduler.send_signal(signal.SIGKILL)
            scheduler.wait()
            time.sleep(5)
            scheduler = start(tmp_path, replica.url, port)
            until(lambda: datetime.now(UTC) > began + timedelta(minutes=MINUTES), "", seconds=MINUTES * 60)
            numbers = scraped(port)
            status = subprocess.run([sys.executable, "-m", "reumi", "status"], cwd=tmp_path, capture_output=True, check=False)
        finally:
            scheduler.terminate()
            scheduler.wait(timeout=120)
    rows = ledger(tmp_path)
    _every_minute_is_accounted_for(rows)
    _chains_are_whole(rows)
    _the_hanging_and_the_failing_are_told(rows, hook[1])
    assert 'reumi_job_runs_total{job="hang",state="timeout"}' in numbers
    assert "reumi_scheduler_up 1.0" in numbers
    assert status.returncode == 1
    assert "job hang" in status.stdout.decode()
    _the_data_are_whole(tmp_path)


def _every_minute_is_accounted_for(rows: list[JobRunView]) -> None:
    slots = [row.slot_at for row in rows if row.job == "crawl" and row.slot_at]
    first, last = min(slots), max(slots)
    assert sorted(slots) == [first + timedelta(minutes=number) for number in range(int((last - first) / timedelta(minutes=1)) + 1)]
    assert len(slots) >= MINUTES - 2
    crawls = [row for row in rows if row.job == "crawl"]
    assert {row.state for row in crawls[:-1]} <= {"ok", "missed"}
    assert all(row.state == "ok" or row.reason for row in crawls[:-1])
    assert sum(row.state == "ok" for row in crawls) >= 3
    assert all(row.verdict == "ok" and row.run_id for row in crawls if row.state == "ok")


def _chains_are_whole(rows: list[JobRunView]) -> None:
    """Every good run caused exactly one of the job that follows it; equal ones that waited together were merged."""
    chain = ("crawl", "tag", "index", "export")
    for leader, follower in pairwise(chain):
        good = {row.id for row in rows if row.job == leader and row.state == "ok"}
        caused = [row for row in rows if row.job == follower and row.cause == "after"]
        assert sorted(row.after_id for row in caused if row.after_id) == sorted(good)
        assert {row.state for row in caused} <= {"ok", "merged", "waiting"}
    assert any(row.job == "export" and row.state == "ok" for row in rows)


def _the_hanging_and_the_failing_are_told(rows: list[JobRunView], told: list[dict[str, Any]]) -> None:
    assert {row.state for row in rows if row.job == "hang"} <= {"timeout", "missed", "waiting"}
    assert {row.state for row in rows if row.job == "fail"} <= {"failed", "missed"}
    events = {(body["job"], body["event"]) for body in told}
    assert {("hang", "timeout"), ("fail", "failed")} <= events
    assert all("killed at its deadline of 10s" in body["reason"] for body in told if body["event"] == "timeout")


def _the_data_are_whole(folder: Path) -> None:
    engine = open_for_writing(f"sqlite:///{folder / 'reumi.db'}")
    assert check(engine) == []
    engine.dispose()
    with sqlite3.connect(folder / "reumi.db") as connection:
        unread = connection.execute("SELECT count(*) FROM crawl_runs WHERE state <> 'finished'").fetchone()[0]
        readings = connection.execute("SELECT count(*) FROM list_entries WHERE list_name LIKE 'chart/%'").fetchone()[0]
        crawls = connection.execute("SELECT count(*) FROM crawl_runs WHERE state = 'finished'").fetchone()[0]
    connection.close()
    assert unread <= 1  # the one that the end of the test may have cut
    assert readings >= crawls * 20
    assert (folder / "songs.csv").stat().st_size > 1000
