"""Alerts that are to be delivered: kept as rows until they arrive or are given up, so that no restart loses one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select, update

from storage.engine import reading, writing
from storage.job_views import JobRunView
from storage.models import JobAlert, JobRun

SUPERSEDED = "a later alert tells the same"


@dataclass(frozen=True, slots=True)
class AlertView:
    """A row of `job_alerts`."""

    id: int
    job_run_id: int
    job: str
    channel: str
    event: str
    payload: Mapping[str, Any]
    queued_at: datetime
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel by which alerts do not arrive: how many wait, and the alert whose try failed last."""

    channel: str
    waiting: int
    last: AlertView


def queue_alert(
    engine: Engine, channel: str, event: str, run: JobRunView, payload: Mapping[str, Any], now: datetime, next_try_at: datetime
) -> AlertView:
    """Keep an alert that is about to be sent; an equal one that still waits is given up for it, so that they never pile up."""
    with writing(engine) as connection:
        same = (JobAlert.job == run.job, JobAlert.channel == channel, JobAlert.event == event, JobAlert.next_try_at.is_not(None))
        connection.execute(update(JobAlert).where(*same).values(next_try_at=None, error=SUPERSEDED))
        values = {"job_run_id": run.id, "job": run.job, "channel": channel, "event": event, "payload": dict(payload)}
        values |= {"queued_at": now, "tries": 0, "next_try_at": next_try_at}
        row = connection.execute(insert(JobAlert).values(values).returning(JobAlert.__table__)).one()
    return AlertView(**row._mapping)


def alert_delivered(engine: Engine, alert: AlertView, tries: int, now: datetime) -> None:
    """Note that an alert arrived; its run then counts as told."""
    with writing(engine) as connection:
        done = {"tries": JobAlert.tries + tries, "next_try_at": None, "delivered_at": now, "error": None}
        connection.execute(update(JobAlert).where(JobAlert.id == alert.id).values(done))
        connection.execute(update(JobRun).where(JobRun.id == alert.job_run_id).values(alerted_at=now))


def alert_failed(engine: Engine, alert: AlertView, tries: int, error: str, next_try_at: datetime | None) -> None:
    """Note that an alert did not arrive; without a next try it is given up."""
    with writing(engine) as connection:
        failed = {"tries": JobAlert.tries + tries, "next_try_at": next_try_at, "error": error}
        # One that a later alert has taken the place of meanwhile is not tried again.
        waits = (JobAlert.id == alert.id, JobAlert.next_try_at.is_not(None))
        connection.execute(update(JobAlert).where(*waits).values(failed))


def due_alerts(engine: Engine, now: datetime) -> list[AlertView]:
    """Alerts whose next try is due, oldest first."""
    return _alerts(engine, JobAlert.next_try_at <= now)


def alerts_of(engine: Engine, job_run_id: int) -> list[AlertView]:
    """Every alert about one run, oldest first."""
    return _alerts(engine, JobAlert.job_run_id == job_run_id)


def alert_troubles(engine: Engine) -> list[ChannelTrouble]:
    """The channels that do not work: an alert waits for another try, or the channel's latest was given up."""
    latest = select(func.max(JobAlert.id)).group_by(JobAlert.channel)
    failing = _alerts(
        engine, JobAlert.tries > 0, JobAlert.next_try_at.is_not(None) | JobAlert.id.in_(latest), JobAlert.delivered_at.is_(None)
    )
    found: dict[str, list[AlertView]] = {}
    for alert in failing:
        found.setdefault(alert.channel, []).append(alert)
    return [
        ChannelTrouble(channel, sum(alert.next_try_at is not None for alert in alerts), alerts[-1])
        for channel, alerts in sorted(found.items())
    ]


def untold_runs(engine: Engine) -> frozenset[int]:
    """The runs whose alert did not arrive, nor a later one that told the same."""
    untold = JobAlert.delivered_at.is_(None), JobAlert.tries > 0, JobAlert.error != SUPERSEDED
    with reading(engine) as connection:
        return frozenset(connection.scalars(select(JobAlert.job_run_id).where(*untold)))


def forget_alerts(engine: Engine, before: datetime) -> int:
    """Delete alerts from before an instant that wait for nothing any more; returns how many."""
    with writing(engine) as connection:
        return connection.execute(delete(JobAlert).where(JobAlert.queued_at < before, JobAlert.next_try_at.is_(None))).rowcount


def _alerts(engine: Engine, *wanted: ColumnElement[bool]) -> list[AlertView]:
    with reading(engine) as connection:
        return [AlertView(**row._mapping) for row in connection.execute(select(JobAlert.__table__).where(*wanted).order_by(JobAlert.id))]
