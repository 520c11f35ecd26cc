"""The health of everything at one instant: what `reumi status` prints and what Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from reumi.schedule.channels import channels_of
from reumi.schedule.duration import write_duration
from reumi.schedule.plan import SCHEDULE_LOCK, Job, SchedulePlan
from storage.engine import place_of
from storage.job_alerts import ChannelTrouble, alert_troubles
from storage.job_locks import Holding, holdings
from storage.job_views import JobRunView, job_runs
from storage.runs import RunView, recent_runs, run
from storage.watch import ListReading, list_readings, lists_of_run, song_counts

_ENDED = ("ok", "failed", "timeout", "died")


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job: its last ended run, its last good one, its next slot on the schedule's clock, and how old its last success may be."""

    job: Job
    last: JobRunView | None
    last_ok: JobRunView | None
    next_at: datetime | None
    running: bool
    patience: timedelta | None
    missed_today: int

    def is_late(self, now: datetime, since: datetime | None) -> bool:
        """Whether its last success is too long ago; `since` is when the scheduler began, for a job that never succeeded."""
        start = self.last_ok.finished_at if self.last_ok is not None else since
        return self.patience is not None and start is not None and now - start > self.patience


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """The recommender's index: where, when it was brought up to date (None = there is none), whether it holds the present data."""

    folder: Path
    read_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Health:
    """Everything; `problems` are sentences, empty when all is well."""

    now: datetime
    database: str
    songs: int
    untagged: int
    index: IndexHealth
    jobs: tuple[JobHealth, ...]
    lists: tuple[ListReading, ...]
    late_lists: frozenset[str]
    last_crawl: RunView | None
    scheduler: Holding | None
    alerts: tuple[ChannelTrouble, ...]
    problems: tuple[str, ...]


def gather(engine: Engine, plan: SchedulePlan | None, index_folder: Path, now: datetime) -> Health:
    """Look at everything. `plan` is None where there is no schedule file."""
    held = {name: lock for name, lock in holdings(engine).items() if lock.is_live(now)}
    jobs = tuple(_job(engine, job, plan.zone, held, now) for job in plan.jobs.values()) if plan is not None else ()
    scheduler = held.get(SCHEDULE_LOCK)
    since = scheduler.acquired_at if scheduler is not None else None
    crawls = recent_runs(engine, limit=1)
    songs, untagged = song_counts(engine)
    alerts = tuple(trouble for trouble in alert_troubles(engine) if plan is None or trouble.channel in channels_of(plan.alerts))
    return Health(
        now=now,
        database=place_of(engine),
        songs=songs,
        untagged=untagged,
        index=_index(engine, index_folder),
        jobs=jobs,
        lists=tuple(list_readings(engine)),
        late_lists=frozenset(_late_lists(engine, jobs, now, since)),
        last_crawl=crawls[0] if crawls else None,
        scheduler=scheduler,
        alerts=alerts,
        problems=(*_problems(plan, jobs, crawls, scheduler, now, since), *map(_alert_problem, alerts)),
    )


def _job(engine: Engine, job: Job, zone: ZoneInfo, held: dict[str, Holding], now: datetime) -> JobHealth:
    last = job_runs(engine, job=job.name, states=_ENDED, limit=1)
    good = job_runs(engine, job=job.name, states=("ok",), limit=1)
    missed = job_runs(engine, job=job.name, states=("missed",), since=now - timedelta(days=1), limit=10_000)
    patience = None
    if job.timetable is not None:
        patience = 2 * job.timetable.longest_gap(now) + job.deadline
    slot = job.next_after(now)
    next_at = slot.astimezone(zone) if slot is not None else None
    return JobHealth(job, last[0] if last else None, good[0] if good else None, next_at, job.name in held, patience, len(missed))


def _late_lists(engine: Engine, jobs: tuple[JobHealth, ...], now: datetime, since: datetime | None) -> Iterator[str]:
    for health in jobs:
        if health.is_late(now, since) and health.last_ok is not None and health.last_ok.run_id is not None:
            yield from lists_of_run(run(engine, health.last_ok.run_id))


def _index(engine: Engine, folder: Path) -> IndexHealth:
    from recommender.errors import IndexDamaged
    from recommender.index import Manifest
    from storage.snapshot import data_version

    try:
        manifest = Manifest.read(folder)
    except IndexDamaged:
        manifest = None
    if manifest is None:
        return IndexHealth(folder, None, False)
    return IndexHealth(folder, manifest.read_at, manifest.data_version == data_version(engine))


def _alert_problem(trouble: ChannelTrouble) -> str:
    last = trouble.last
    if last.next_try_at is not None:
        what_now = f"{trouble.waiting} waiting, next try {last.next_try_at:%Y-%m-%d %H:%M} UTC"
    else:
        what_now = f"given up after {last.tries} tries; `reumi runs show {last.job_run_id}` says what it was about"
    return f"alerts by {trouble.channel} do not arrive: {last.error} ({what_now})"


def _problems(
    plan: SchedulePlan | None,
    jobs: tuple[JobHealth, ...],
    crawls: list[RunView],
    scheduler: Holding | None,
    now: datetime,
    since: datetime | None,
) -> Iterator[str]:
    if plan is not None and scheduler is None:
        yield "nobody runs the schedule: start it with `reumi schedule run`"
    for health in jobs:
        last = health.last
        if last is not None and last.event != "ok":
            yield f"job {health.job.name}, last run #{last.id}: {last.event}{f' ({last.reason})' if last.reason else ''}"
        if health.is_late(now, since):
            ended = f"{health.last_ok.finished_at:%Y-%m-%d %H:%M} UTC" if health.last_ok and health.last_ok.finished_at else "never"
            patience = write_duration(health.patience) if health.patience is not None else ""
            yield f"job {health.job.name}: its last good run is too long ago ({ended}; at most {patience})"
    if crawls and crawls[0].verdict in ("broken", "blocked"):
        yield f"the last crawl {crawls[0].run_id} is {crawls[0].verdict}: {'; '.join(crawls[0].reasons[:1]) or 'see reumi runs'}"
