"""Scheduled jobs as read back: runs, what waits, what has to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, case, func, select

from storage.engine import reading
from storage.models import JobRun, JobTimetable

BAD_STATES = ("failed", "timeout", "died", "missed")
BAD_VERDICTS = ("broken", "blocked")
_NO_RUNS = ("missed", "merged", "waiting")  # states of rows that say nothing of how the job goes
_event = case((JobRun.verdict.in_(BAD_VERDICTS) & JobRun.state.in_(("ok", "failed")), JobRun.verdict), else_=JobRun.state)


@dataclass(frozen=True, slots=True)
class JobRunView:
    """A row of `job_runs`."""

    id: int
    job: str
    slot_at: datetime | None
    cause: str
    after_id: int | None
    then: tuple[str, ...]
    state: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    holder: str | None
    exit_code: int | None
    verdict: str | None
    reason: str | None
    counts: Mapping[str, Any]
    log_tail: str
    run_id: str | None
    alerted_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long its last attempt took; None where it has not ended or never began."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def event(self) -> str:
        """What it is to somebody who watches: ok, failed, timeout, died, missed, broken, blocked, running or waiting."""
        if self.verdict in BAD_VERDICTS and self.state in ("ok", "failed"):
            return str(self.verdict)
        return self.state


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a job has to do: rows that wait, rows that say `running`, and the instant up to which its slots are settled."""

    waiting: int = 0
    running: int = 0
    settled_until: datetime | None = None


def view(row: Row[Any]) -> JobRunView:
    """A row as a view."""
    values: dict[str, Any] = dict(row._mapping)
    return JobRunView(**(values | {"then": tuple(values["then"])}))


def job_run(engine: Engine, number: int) -> JobRunView | None:
    """One run by its number."""
    with reading(engine) as connection:
        row = connection.execute(select(JobRun.__table__).where(JobRun.id == number)).one_or_none()
    return view(row) if row is not None else None


def job_runs(
    engine: Engine,
    *,
    job: str | None = None,
    states: Sequence[str] = (),
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 20,
) -> list[JobRunView]:
    """The latest rows, newest first."""
    query = select(JobRun.__table__).order_by(JobRun.id.desc()).limit(limit)
    if job is not None:
        query = query.where(JobRun.job == job)
    if states:
        query = query.where(JobRun.state.in_(states))
    if since is not None:
        query = query.where(JobRun.queued_at >= since)
    if before_id is not None:
        query = query.where(JobRun.id < before_id)
    with reading(engine) as connection:
        return [view(row) for row in connection.execute(query)]


def scheduled_crawls(engine: Engine, run_ids: Sequence[str]) -> frozenset[str]:
    """Those of these crawl runs that a job made."""
    with reading(engine) as connection:
        found = connection.scalars(select(JobRun.run_id).where(JobRun.run_id.in_(run_ids)))
        return frozenset(run_id for run_id in found if run_id is not None)


def earlier_run(engine: Engine, run: JobRunView) -> JobRunView | None:
    """The latest run of the same job that began and ended before this one."""
    query = select(JobRun.__table__).where(JobRun.job == run.job, JobRun.id < run.id, JobRun.state.not_in(_NO_RUNS))
    return _first(engine, query.order_by(JobRun.id.desc()).limit(1))


def last_alert(engine: Engine, job: str, event: str) -> JobRunView | None:
    """The latest row of a job with this event that somebody was told of."""
    query = select(JobRun.__table__).where(JobRun.job == job, _event == event, JobRun.alerted_at.is_not(None))
    return _first(engine, query.order_by(JobRun.alerted_at.desc()).limit(1))


def has_lasted(engine: Engine, since: JobRunView, until: JobRunView) -> bool:
    """Whether every run between two of the same job came to the same event as they did."""
    between = (JobRun.job == since.job, JobRun.id > since.id, JobRun.id < until.id, JobRun.state.not_in(_NO_RUNS))
    query = select(JobRun.__table__).where(*between, _event != until.event).limit(1)
    return _first(engine, query) is None


def _first(engine: Engine, query: Select[Any]) -> JobRunView | None:
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return view(row) if row is not None else None


def backlogs(engine: Engine) -> dict[str, Backlog]:
    """What every job has to do, by name."""
    with reading(engine) as connection:
        return read_backlogs(connection)


def read_backlogs(connection: Connection) -> dict[str, Backlog]:
    """The same within a transaction."""
    settled = {row.job: row.settled_until for row in connection.execute(select(JobTimetable.__table__))}
    open_rows = select(JobRun.job, JobRun.state, func.count()).where(JobRun.state.in_(("waiting", "running")))
    counts: dict[tuple[str, str], int] = {
        (job, state): number for job, state, number in connection.execute(open_rows.group_by(JobRun.job, JobRun.state))
    }
    names = {*settled, *(job for job, _ in counts)}
    return {name: Backlog(counts.get((name, "waiting"), 0), counts.get((name, "running"), 0), settled.get(name)) for name in names}


def state_counts(engine: Engine) -> dict[tuple[str, str], int]:
    """Rows by job and state, over all time."""
    query = select(JobRun.job, JobRun.state, func.count()).group_by(JobRun.job, JobRun.state)
    with reading(engine) as connection:
        return {(job, state): number for job, state, number in connection.execute(query)}
