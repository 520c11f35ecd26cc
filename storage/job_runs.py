"""The ledger of scheduled jobs: every slot of a timetable is run once or recorded as missed.

All changes to a job's rows are made by whoever holds the job's lock (`storage.job_locks`), each in one transaction. A row found as
`running` by a new holder was therefore interrupted: it is continued, up to `MOST_ATTEMPTS` times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from storage.engine import writing
from storage.job_views import JobRunView, view
from storage.models import JobRun, JobTimetable

MOST_ATTEMPTS = 3
GONE_JOB = "the schedule no longer has this job"

Slots = Callable[[datetime], Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: `state` is ok, failed, timeout, or waiting for one that was interrupted and goes on later."""

    state: str
    exit_code: int | None = None
    verdict: str | None = None
    reason: str | None = None
    counts: Mapping[str, Any] | None = None
    log_tail: str = ""
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What `take` found: the run to do now, if any; runs that it closed as died; how many slots were missed, and the latest of them."""

    run: JobRunView | None = None
    died: tuple[JobRunView, ...] = ()
    missed: int = 0
    last_missed: JobRunView | None = None


def arm(engine: Engine, job: str, timetable: str, now: datetime) -> None:
    """Let the slots of a job count from `now` on, unless they already do by the same timetable.

    Another timetable than before starts afresh: slots of the old one that were not run by now are no slots any more.
    """
    with writing(engine) as connection:
        known = connection.execute(select(JobTimetable.timetable).where(JobTimetable.job == job)).scalar_one_or_none()
        if known is None:
            connection.execute(insert(JobTimetable), {"job": job, "timetable": timetable, "settled_until": now})
        elif known != timetable:
            connection.execute(update(JobTimetable).where(JobTimetable.job == job).values(timetable=timetable, settled_until=now))


def drop_unknown(engine: Engine, known: Collection[str], now: datetime) -> int:
    """Close what waits for jobs that the schedule no longer has; returns how many."""
    with writing(engine) as connection:
        waiting = (JobRun.state == "waiting", JobRun.job.not_in(known))
        return connection.execute(update(JobRun).where(*waiting).values(state="missed", reason=GONE_JOB, finished_at=now)).rowcount


def take(
    engine: Engine, job: str, slots: Slots | None, then: Sequence[str], now: datetime, holder: str, *, not_before: datetime | None = None
) -> Taken:
    """Begin the next run of a job, whose lock the caller holds.

    An interrupted run comes first, then what waits for the job, then its due slots: `slots(settled_until)` gives those after an
    instant up to now. Of several due slots the last is run and the others are recorded as missed, each with its reason; so is the
    last if it lies before `not_before`.
    """
    with writing(engine) as connection:
        died = _recover(connection, job, now)
        run_id, missed, last_missed = _waiting(connection, job, now), 0, None
        if run_id is None and slots is not None:
            run_id, missed = _due(connection, job, slots, then, now, not_before)
            last_missed = _last_missed(connection, job) if missed else None
        if run_id is not None:
            started = {"state": "running", "started_at": now, "holder": holder, "attempts": JobRun.attempts + 1, "reason": None}
            connection.execute(update(JobRun).where(JobRun.id == run_id).values(started))
        run = _views(connection, [run_id])[0] if run_id is not None else None
        return Taken(run, _views(connection, died), missed, last_missed)


def take_by_hand(engine: Engine, job: str, then: Sequence[str], now: datetime, holder: str) -> JobRunView:
    """Begin a run that a person asked for; the caller holds the job's lock."""
    with writing(engine) as connection:
        values = _row(job, None, "hand", "running", now, then) | {"started_at": now, "holder": holder, "attempts": 1}
        return _views(connection, [_insert(connection, values)])[0]


def finish(engine: Engine, run: JobRunView, ending: Ending, now: datetime) -> JobRunView:
    """Record how a run ended; after an `ok` one the first of the jobs that are to follow is left waiting, in the same transaction.

    A run that another process has taken up meanwhile, since this one had lost its lock, is left to that process.
    """
    with writing(engine) as connection:
        values: dict[str, Any] = {
            "state": ending.state,
            "finished_at": now if ending.state != "waiting" else None,
            "exit_code": ending.exit_code,
            "verdict": ending.verdict,
            "reason": ending.reason,
            "counts": dict(ending.counts or {}),
            "log_tail": ending.log_tail,
            "run_id": ending.run_id,
        }
        mine = (JobRun.id == run.id, JobRun.state == "running", JobRun.holder == run.holder, JobRun.attempts == run.attempts)
        closed = connection.execute(update(JobRun).where(*mine).values(values)).rowcount
        if closed and ending.state == "ok" and run.then:
            _insert(connection, _row(run.then[0], None, "after", "waiting", now, run.then[1:]) | {"after_id": run.id})
        return _views(connection, [run.id])[0]


def forget_logs(engine: Engine, before: datetime) -> int:
    """Empty the log tails of ok runs that ended before an instant; the rows stay. Returns how many."""
    with writing(engine) as connection:
        old = (JobRun.finished_at < before, JobRun.state == "ok", JobRun.log_tail != "")
        return connection.execute(update(JobRun).where(*old).values(log_tail="")).rowcount


def _recover(connection: Connection, job: str, now: datetime) -> list[int]:
    """Runs that were interrupted wait again; one that was interrupted too often is closed. Returns the closed ones."""
    cut = connection.execute(select(JobRun.id, JobRun.attempts).where(JobRun.job == job, JobRun.state == "running")).all()
    died = [row.id for row in cut if row.attempts >= MOST_ATTEMPTS]
    for row in cut:
        if row.id not in died:
            connection.execute(update(JobRun).where(JobRun.id == row.id).values(state="waiting"))
    if died:
        reason = f"interrupted {MOST_ATTEMPTS} times: the process that ran it ended without a word"
        connection.execute(update(JobRun).where(JobRun.id.in_(died)).values(state="died", reason=reason, finished_at=now))
    return died


def _waiting(connection: Connection, job: str, now: datetime) -> int | None:
    """The run that waits longest; later ones that would do just the same after it are merged into it."""
    rows = connection.execute(
        select(JobRun.id, JobRun.cause, JobRun.then, JobRun.attempts)
        .where(JobRun.job == job, JobRun.state == "waiting")
        .order_by(JobRun.id)
    ).all()
    if not rows:
        return None
    first = rows[0]
    same = [row.id for row in rows[1:] if row.cause == "after" == first.cause and row.then == first.then and row.attempts == 0]
    if same:
        reason = f"one run for several causes: run {first.id} does the same"
        connection.execute(update(JobRun).where(JobRun.id.in_(same)).values(state="merged", reason=reason, finished_at=now))
    found: int = first.id
    return found


def _due(
    connection: Connection, job: str, slots: Slots, then: Sequence[str], now: datetime, not_before: datetime | None
) -> tuple[int | None, int]:
    """Settle the due slots; returns the row to run now, if any, and how many were missed."""
    settled = connection.execute(select(JobTimetable.settled_until).where(JobTimetable.job == job).with_for_update()).scalar_one_or_none()
    due = list(slots(settled)) if settled is not None else []
    if not due:
        return None, 0
    connection.execute(update(JobTimetable).where(JobTimetable.job == job).values(settled_until=due[-1]))
    lapsed = not_before is not None and due[-1] < not_before
    missed = due if lapsed else due[:-1]
    if missed:
        connection.execute(insert(JobRun), _missed_rows(connection, job, missed, now, "not caught up" if lapsed else "a later slot is run"))
    return None if lapsed else _insert(connection, _row(job, due[-1], "slot", "waiting", now, then)), len(missed)


def _missed_rows(connection: Connection, job: str, missed: Sequence[datetime], now: datetime, what_now: str) -> list[dict[str, Any]]:
    """Missed slots with their reasons: another run was going on at that instant, or nobody was there to start it."""
    before = _last_begun(connection, job, missed[-1])
    rows = []
    for slot in missed:
        if before is not None and before.started_at <= slot <= (before.finished_at or slot):
            reason = f"run {before.id} was still going on"
        else:
            reason = "no scheduler was running"
        rows.append(_row(job, slot, "slot", "missed", now, ()) | {"finished_at": now, "reason": f"{reason}; {what_now}"})
    return rows


def _last_begun(connection: Connection, job: str, until: datetime) -> Row[Any] | None:
    """The run of a job that began last, up to an instant: one of the few that were queued last, which an index finds in any year."""
    begun = JobRun.job == job, JobRun.queued_at <= until, JobRun.started_at <= until
    latest = select(JobRun.id, JobRun.started_at, JobRun.finished_at).where(*begun).order_by(JobRun.queued_at.desc()).limit(10).subquery()
    return connection.execute(select(latest).order_by(latest.c.started_at.desc()).limit(1)).one_or_none()


def _last_missed(connection: Connection, job: str) -> JobRunView | None:
    query = select(JobRun.__table__).where(JobRun.job == job, JobRun.state == "missed").order_by(JobRun.slot_at.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return view(row) if row is not None else None


def _row(job: str, slot: datetime | None, cause: str, state: str, now: datetime, then: Sequence[str]) -> dict[str, Any]:
    return {
        "job": job,
        "slot_at": slot,
        "cause": cause,
        "then": list(then),
        "state": state,
        "queued_at": now,
        "attempts": 0,
        "counts": {},
        "log_tail": "",
    }


def _insert(connection: Connection, values: Mapping[str, Any]) -> int:
    number: int = connection.execute(insert(JobRun).values(values).returning(JobRun.id)).scalar_one()
    return number


def _views(connection: Connection, numbers: Sequence[int]) -> tuple[JobRunView, ...]:
    query = select(JobRun.__table__).where(JobRun.id.in_(numbers)).order_by(JobRun.id)
    return tuple(view(row) for row in connection.execute(query)) if numbers else ()
