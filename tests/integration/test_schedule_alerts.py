"""Alerts reach a webhook and a command over the loopback interface, when and only when somebody should hear."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from reumi.schedule.alerts import Alerts
from reumi.schedule.plan import EVENTS, AlertPlan
from reumi.telemetry import Log
from storage.job_runs import Ending, arm, finish, take, take_by_hand
from storage.job_views import JobRunView, job_run

T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Hook:
    """A webhook that answers with the statuses it is given, then 200, and keeps what it got."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.statuses.pop(0) if hook.statuses else 200
                if status == 200:
                    assert self.headers["Content-Type"] == "application/json; charset=utf-8"
                    hook.bodies.append(json.loads(body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies]


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()
    found.thread.start()
    yield found
    found.server.shutdown()
    found.thread.join()
    found.server.server_close()


class Desk:
    """Runs of one job that end as told, each considered for an alert."""

    def __init__(self, engine: Engine, plan: AlertPlan) -> None:
        self.engine = engine
        self.pauses: list[float] = []
        self.alerts = Alerts(plan, engine, Log(), self.pauses.append)

    def ends(self, state: str, minute: int, verdict: str | None = None) -> JobRunView:
        run = take_by_hand(self.engine, "top100", (), T0 + minute * MINUTE, "a/1/1")
        ended = finish(self.engine, run, Ending(state, 1, verdict, f"reason {minute}", log_tail="끝"), T0 + minute * MINUTE)
        self.alerts.ended(ended, T0 + minute * MINUTE)
        self.alerts.deliver(ended, T0 + minute * MINUTE)
        again = job_run(self.engine, run.id)
        assert again is not None
        return again

    def misses(self, minute: int, slots: Sequence[int]) -> None:
        """A run begins for the last of the slots, those before it are missed; it ends well, of which nobody is told."""
        now = T0 + minute * MINUTE
        taken = take(self.engine, "top100", lambda _: [T0 + slot * MINUTE for slot in slots], (), now, "a/1/1")
        assert taken.run is not None
        assert taken.last_missed is not None
        self.alerts.missed(taken.missed, taken.last_missed, now)
        finish(self.engine, taken.run, Ending("ok"), now)


def test_a_failure_is_told_once_until_it_is_over_or_lasts_long(sqlite_engine: Engine, hook: Hook) -> None:
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url, repeat=timedelta(hours=1)))
    for state, minute in [("ok", 0), ("failed", 1), ("failed", 2), ("failed", 70), ("ok", 80), ("ok", 81), ("failed", 90), ("timeout", 91)]:
        desk.ends(state, minute)
    told = [(body["event"], body["reason"]) for body in hook.bodies]
    assert told == [
        ("failed", "reason 1"), ("failed", "reason 70"), ("recovered", "reason 80"), ("failed", "reason 90"), ("timeout", "reason 91"),
    ]  # fmt: skip


def test_a_broken_crawl_is_told_as_broken_and_an_interrupted_run_not_at_all(sqlite_engine: Engine, hook: Hook) -> None:
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url))
    desk.ends("waiting", 0)
    desk.ends("failed", 1, "broken")
    desk.ends("failed", 2, "blocked")
    assert hook.events == ["broken", "blocked"]


def test_the_payload_is_as_documented(sqlite_engine: Engine, hook: Hook) -> None:
    run = Desk(sqlite_engine, AlertPlan(webhook=hook.url)).ends("failed", 1)
    (body,) = hook.bodies
    documented = (Path(__file__).resolve().parents[2] / "docs" / "schedule.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in documented for key in body)
    assert all(f"`{event}`" in documented for event in EVENTS)
    assert (body["run"], body["job"], body["log_tail"], body["finished_at"]) == (run.id, "top100", "끝", "2026-11-24T12:01:00+00:00")
    assert run.alerted_at == T0 + MINUTE


def test_only_wished_events_are_told(sqlite_engine: Engine, hook: Hook) -> None:
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url, events=frozenset({"timeout"})))
    desk.ends("failed", 1)
    desk.ends("timeout", 2)
    assert hook.events == ["timeout"]


def test_a_webhook_that_is_away_is_tried_again(sqlite_engine: Engine, hook: Hook) -> None:
    hook.statuses = [500, 503]
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url))
    assert desk.ends("failed", 1).alerted_at is not None
    assert hook.events == ["failed"]
    assert desk.pauses == [1.0, 5.0]


def test_a_command_gets_the_alert_on_its_standard_input(sqlite_engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "alert.json"
    code = f"import sys, pathlib; pathlib.Path({str(target)!r}).write_bytes(sys.stdin.buffer.read())"
    Desk(sqlite_engine, AlertPlan(command=(sys.executable, "-c", code))).ends("failed", 1)
    assert json.loads(target.read_text(encoding="utf-8"))["event"] == "failed"


def test_missed_slots_are_told_with_their_number(sqlite_engine: Engine, hook: Hook) -> None:
    arm(sqlite_engine, "top100", "hourly", T0)
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url))
    desk.misses(4, slots=(1, 2, 3))
    assert hook.events == []
    assert desk.alerts.again(T0 + 4 * MINUTE) == 1
    assert [(body["event"], body["missed"], body["slot_at"]) for body in hook.bodies] == [("missed", 2, "2026-11-24T12:02:00+00:00")]


def test_slots_that_are_missed_again_and_again_are_told_once_a_repeat(sqlite_engine: Engine, hook: Hook) -> None:
    arm(sqlite_engine, "top100", "hourly", T0)
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url, repeat=timedelta(hours=1)))
    told = []
    for minute in (10, 20, 66, 70):
        desk.misses(minute, slots=(minute - 2, minute - 1))
        told.append(desk.alerts.again(T0 + minute * MINUTE))
    assert told == [1, 0, 0, 1]
    assert hook.events == ["missed", "missed"]


def test_missed_slots_between_do_not_make_a_lasting_failure_new(sqlite_engine: Engine, hook: Hook) -> None:
    arm(sqlite_engine, "top100", "hourly", T0)
    desk = Desk(sqlite_engine, AlertPlan(webhook=hook.url, repeat=timedelta(hours=1)))
    desk.ends("failed", 1)
    run = desk.ends("failed", 2)
    missed = take(sqlite_engine, "top100", lambda _: [T0 + 3 * MINUTE], (), T0 + 4 * MINUTE, "a/1/1", not_before=T0 + 4 * MINUTE)
    assert missed.last_missed is not None
    desk.alerts.missed(missed.missed, missed.last_missed, T0 + 4 * MINUTE)
    desk.alerts.again(T0 + 4 * MINUTE)
    assert hook.events == ["failed", "missed"]
    assert desk.ends("failed", 5).id > run.id
    assert hook.events == ["failed", "missed"]
    desk.ends("timeout", 6)
    desk.ends("failed", 7)
    assert hook.events == ["failed", "missed", "timeout", "failed"]
