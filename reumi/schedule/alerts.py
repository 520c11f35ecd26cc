"""Tells somebody when a job goes wrong: a command gets the alert on its standard input, a webhook by POST, both as JSON.

The payload is described in docs/schedule.md; `PAYLOAD_VERSION` is raised when a key changes its meaning.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from reumi import __version__
from reumi.schedule.plan import AlertPlan
from reumi.telemetry import Log
from storage.engine import place_of
from storage.job_runs import alerted
from storage.job_views import JobRunView, earlier_run, last_alert

PAYLOAD_VERSION = 1
_SECONDS = 15.0
_PAUSES = (1.0, 5.0)  # between the tries to deliver


@dataclass(frozen=True, slots=True)
class Alerts:
    """Decides whether a run is worth an alert, and delivers it."""

    plan: AlertPlan
    engine: Engine
    log: Log
    pause: Callable[[float], None] = time.sleep

    def ended(self, run: JobRunView, now: datetime) -> None:
        """Consider a run that has ended: a bad event that is new or lasts for long, or the first good run after one."""
        event = run.event
        if event == "ok":
            before = earlier_run(self.engine, run)
            if before is not None and before.event != "ok" and before.event in self.plan.events:
                self._tell("recovered", run, now)
            return
        if event not in ("waiting", "running", "merged") and not self._told_lately(run, now):
            self._tell(event, run, now)

    def missed(self, count: int, last: JobRunView, now: datetime) -> None:
        """Tell of slots that were missed; `last` is the latest of them."""
        self._tell("missed", last, now, missed=count)

    def _told_lately(self, run: JobRunView, now: datetime) -> bool:
        """Whether the same trouble was told of before, has lasted since, and it is not yet time to tell again."""
        before = earlier_run(self.engine, run)
        told = last_alert(self.engine, run.job)
        if before is None or told is None or before.event != run.event or told.event != run.event:
            return False
        return told.alerted_at is not None and now - told.alerted_at < self.plan.repeat

    def _tell(self, event: str, run: JobRunView, now: datetime, **more: Any) -> None:
        if event not in self.plan.events or not (self.plan.command or self.plan.webhook):
            return
        payload = alert_payload(event, run, place_of(self.engine)) | more
        channels: list[tuple[str, Callable[[bytes], None]]] = []
        if self.plan.command:
            channels.append(("command", lambda body: _to_command(self.plan.command, body)))
        if self.plan.webhook:
            channels.append(("webhook", lambda body: _to_webhook(self.plan.webhook, body)))
        body = json.dumps(payload, ensure_ascii=False).encode()
        delivered = [self._deliver(name, send, body) for name, send in channels]
        if all(delivered):
            alerted(self.engine, [run.id], now)

    def _deliver(self, channel: str, send: Callable[[bytes], None], body: bytes) -> bool:
        for pause in (*_PAUSES, None):
            try:
                send(body)
            except (OSError, subprocess.SubprocessError) as error:
                if pause is None:
                    self.log.error(f"the alert could not be delivered by {channel}: {error}")
                    return False
                self.pause(pause)
            else:
                self.log.info(f"alert delivered by {channel}")
                return True
        return False


def alert_payload(event: str, run: JobRunView, database: str) -> dict[str, Any]:
    """What an alert says; instants are ISO 8601 in UTC or null."""
    return {
        "version": PAYLOAD_VERSION,
        "event": event,
        "summary": f"ReUmi job {run.job}: {event}{f' ({run.reason})' if run.reason else ''}",
        "job": run.job,
        "run": run.id,
        "crawl_run": run.run_id,
        "state": run.state,
        "verdict": run.verdict,
        "reason": run.reason,
        "exit_code": run.exit_code,
        "slot_at": _iso(run.slot_at),
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "log_tail": run.log_tail[-2000:],
        "host": socket.gethostname(),
        "database": database,
        "reumi": __version__,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None


def _to_command(command: Sequence[str], body: bytes) -> None:
    subprocess.run(command, input=body, timeout=_SECONDS, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _to_webhook(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"ReUmi/{__version__}"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        urllib.request.urlopen(request, timeout=_SECONDS).close()
    except urllib.error.HTTPError as refused:
        with refused:
            raise urllib.error.URLError(f"HTTP {refused.code}") from refused
