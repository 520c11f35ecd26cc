"""Tells somebody when a job goes wrong, as JSON, by a command or a webhook; what does not arrive is tried again, for about a day.

The payload is described in docs/schedule.md; `PAYLOAD_VERSION` is raised when a key changes its meaning.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from reumi import __version__
from reumi.schedule.channels import NotDelivered, Send, channels_of
from reumi.schedule.plan import AlertPlan
from reumi.telemetry import Log
from storage.engine import place_of
from storage.job_alerts import AlertView, alert_delivered, alert_failed, alerts_of, due_alerts, queue_alert
from storage.job_views import JobRunView, earlier_run, has_lasted, last_alert

PAYLOAD_VERSION = 1
# Between three quick tries, then from each later try to the next: ten tries in all, over 22 hours.
_PAUSES = (1.0, 5.0)
LATER_TRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
_HELD = timedelta(minutes=2)  # that `deliver` has for its three quick tries before the scheduler tries


@dataclass(frozen=True, slots=True)
class Alerts:
    """Decides whether a run is worth an alert, keeps it as a row, and delivers it.

    To keep one takes no time, so it is done while the job's lock is held. To deliver one may take a minute: the lock must not wait for it.
    """

    plan: AlertPlan
    engine: Engine
    log: Log
    pause: Callable[[float], None] = time.sleep

    def ended(self, run: JobRunView, now: datetime, *, hold: timedelta = _HELD) -> None:
        """Keep an alert of a run that has ended: a bad event that is new or lasts for long, or the first good run after one.

        The caller delivers it within `hold`; after that the scheduler does.
        """
        event = run.event
        if event == "ok":
            before = earlier_run(self.engine, run)
            if before is not None and before.event != "ok" and before.event in self.plan.events:
                self._keep("recovered", run, now, hold)
            return
        if event not in ("waiting", "running", "merged") and not self._told_lately(run, now):
            self._keep(event, run, now, hold)

    def died(self, run: JobRunView, now: datetime) -> None:
        """The same for a run that was found dead: the scheduler delivers the alert at its next look."""
        self.ended(run, now, hold=timedelta(0))

    def missed(self, count: int, last: JobRunView, now: datetime) -> None:
        """Keep an alert of slots that were missed, `last` the latest of them: the scheduler delivers it at its next look."""
        if not self._told_lately(last, now):
            self._keep("missed", last, now, timedelta(0), missed=count)

    def _told_lately(self, run: JobRunView, now: datetime) -> bool:
        """Whether the same trouble was told of before, has lasted since, and it is not yet time to tell again.

        A good run ends other troubles, but not this one: it may be the very run that was still going on when the slots came.
        """
        told = last_alert(self.engine, run.job, run.event)
        if told is None or told.alerted_at is None or now - told.alerted_at >= self.plan.repeat:
            return False
        return run.event == "missed" or has_lasted(self.engine, told, run)

    def _keep(self, event: str, run: JobRunView, now: datetime, hold: timedelta, **more: Any) -> None:
        if event not in self.plan.events:
            return
        payload = alert_payload(event, run, place_of(self.engine)) | more
        for channel in channels_of(self.plan):
            queue_alert(self.engine, channel, event, run, payload, now, now + hold)

    def deliver(self, run: JobRunView, now: datetime) -> None:
        """Send what is kept of a run and was not tried yet, each up to three times. Hold no lock meanwhile."""
        channels = channels_of(self.plan)
        for alert in alerts_of(self.engine, run.id):
            if alert.tries == 0 and alert.next_try_at is not None and alert.channel in channels:
                self._try(alert, channels[alert.channel], (*_PAUSES, None), now)

    def again(self, now: datetime, stopped: Callable[[], bool] = lambda: False) -> int:
        """Try once each alert that is due for another try; returns how many there were."""
        channels, due = channels_of(self.plan), due_alerts(self.engine, now)
        for alert in due:
            if stopped():
                break
            if alert.channel in channels:
                self._try(alert, channels[alert.channel], (None,), now)
            else:
                alert_failed(self.engine, alert, 0, f"the schedule has no {alert.channel} for alerts any more", None)
        return len(due)

    def _try(self, alert: AlertView, send: Send, pauses: Sequence[float | None], now: datetime) -> None:
        """Send, up to as many times as there are pauses, and record how it went."""
        log = self.log.bind(job=alert.job, run=alert.job_run_id)
        body = json.dumps(alert.payload, ensure_ascii=False).encode()
        for tries, pause in enumerate(pauses, 1):
            try:
                send(body)
            except NotDelivered as error:
                if pause is not None:
                    self.pause(pause)
                    continue
                next_try_at = _next_try(alert.tries + tries, now)
                alert_failed(self.engine, alert, tries, f"{error}", next_try_at)
                what_now = f"tried again at {next_try_at:%Y-%m-%d %H:%M} UTC" if next_try_at else "given up"
                log.error(f"the alert `{alert.event}` could not be delivered by {alert.channel}: {error}; {what_now}")
            else:
                alert_delivered(self.engine, alert, tries, now)
                log.info(f"alert `{alert.event}` delivered by {alert.channel}")
            return


def _next_try(tries: int, now: datetime) -> datetime | None:
    later = tries - len(_PAUSES) - 1
    return now + LATER_TRIES[max(later, 0)] if later < len(LATER_TRIES) else None


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
