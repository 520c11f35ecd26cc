"""Crawl runs: begun, joined after a death, judged, looked back upon."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, or_, select, update

from storage.clock import utc_now
from storage.engine import reading, writing
from storage.models import CrawlRun, FrontierPage
from storage.owners import may_live, this_process


@dataclass(frozen=True, slots=True)
class RunView:
    """A crawl run as stored."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    state: str
    verdict: str | None
    reasons: tuple[str, ...]
    plan: Mapping[str, Any]
    counts: Mapping[str, Any]
    coverage: Mapping[str, Any]
    site_url: str
    user_agent: str
    ignored_robots: bool
    requests: int
    parser_version: str


def start_run(
    engine: Engine, plan: Mapping[str, Any], site_url: str, user_agent: str, ignored_robots: bool, *, parser_version: str = "1"
) -> str:
    """Begin a run and return its id, which sorts by time. Runs whose process has died are marked as crashed."""
    started_at = utc_now()
    run_id = f"{started_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with writing(engine) as connection:
        _close_dead_runs(connection)
        connection.execute(
            insert(CrawlRun),
            {
                "run_id": run_id,
                "started_at": started_at,
                "finished_at": None,
                "state": "running",
                "verdict": None,
                "reasons": [],
                "plan": dict(plan),
                "plan_key": plan_key(plan),
                "counts": {},
                "coverage": {},
                "site_url": site_url,
                "user_agent": user_agent,
                "ignored_robots": ignored_robots,
                "requests": 0,
                "parser_version": parser_version,
                "owner": this_process(),
            },
        )
    return run_id


def open_run(engine: Engine, plan: Mapping[str, Any], *, max_age: timedelta | None = None) -> str | None:
    """The latest run of the same plan that was not finished, made running again; None where there is none.

    Pages that a dead process on this machine had leased are due at once. `max_age` leaves older runs alone.
    """
    with writing(engine) as connection:
        _close_dead_runs(connection)
        query = select(CrawlRun.run_id, CrawlRun.started_at, CrawlRun.state).where(CrawlRun.plan_key == plan_key(plan))
        latest = connection.execute(query.order_by(CrawlRun.started_at.desc(), CrawlRun.run_id.desc()).limit(1)).one_or_none()
        if latest is None or latest.state == "finished" or (max_age is not None and latest.started_at < utc_now() - max_age):
            return None
        connection.execute(
            update(CrawlRun).where(CrawlRun.run_id == latest.run_id).values(state="running", finished_at=None, owner=this_process())
        )
        free_dead_leases(connection, latest.run_id)
        run_id: str = latest.run_id
        return run_id


def finish_run(
    engine: Engine,
    run_id: str,
    state: str,
    verdict: str | None,
    reasons: Sequence[str],
    counts: Mapping[str, Any],
    coverage: Mapping[str, Any],
    requests: int,
) -> None:
    """Close a run: `finished` for good, `stopped` to be continued by `open_run`.

    Numbers are those of this sitting, and add to those of earlier ones: a list that was read before a stop stays known. What two
    sittings saw, such as a song on lists that each read, counts twice.
    """
    with writing(engine) as connection:
        # The row is held: on PostgreSQL two crawlers of one run may end at the same moment.
        stored = select(CrawlRun.counts, CrawlRun.coverage).where(CrawlRun.run_id == run_id).with_for_update()
        earlier = connection.execute(stored).one_or_none()
        connection.execute(
            update(CrawlRun)
            .where(CrawlRun.run_id == run_id)
            .values(
                finished_at=utc_now(),
                state=state,
                verdict=verdict,
                reasons=list(reasons),
                counts=_added(earlier.counts if earlier else {}, counts),
                coverage=_added(earlier.coverage if earlier else {}, coverage),
                requests=CrawlRun.requests + requests,
            )
        )


def _added(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Both tallies as one: numbers of one name are added, at any depth."""
    result = dict(earlier)
    for name, value in now.items():
        if isinstance(value, Mapping):
            result[name] = _added(earlier.get(name, {}), value)
        else:
            result[name] = earlier.get(name, 0) + value
    return result


def recent_runs(engine: Engine, limit: int = 20) -> list[RunView]:
    """The latest runs, newest first."""
    query = select(CrawlRun.__table__).order_by(CrawlRun.started_at.desc(), CrawlRun.run_id.desc()).limit(limit)
    with reading(engine) as connection:
        return [_view(dict(row._mapping)) for row in connection.execute(query)]


def run(engine: Engine, run_id: str) -> RunView | None:
    """One run by its id."""
    with reading(engine) as connection:
        row = connection.execute(select(CrawlRun.__table__).where(CrawlRun.run_id == run_id)).one_or_none()
    return _view(dict(row._mapping)) if row is not None else None


def run_of_process(engine: Engine, host: str, pid: int, since: datetime) -> RunView | None:
    """The run that a process of a host last worked on; `since`, when that process began, tells it from an earlier one of its number."""
    worked = (
        CrawlRun.owner.startswith(f"{host}/{pid}/", autoescape=True),
        or_(CrawlRun.finished_at.is_(None), CrawlRun.finished_at >= since),
    )
    query = select(CrawlRun.__table__).where(*worked).order_by(CrawlRun.started_at.desc()).limit(1)
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return _view(dict(row._mapping)) if row is not None else None


def last_good_coverage(engine: Engine, plan: Mapping[str, Any], limit: int = 5) -> list[dict[str, Any]]:
    """The `coverage` of the latest finished runs of the same plan that were judged ok, newest first."""
    query = (
        select(CrawlRun.coverage)
        .where(CrawlRun.plan_key == plan_key(plan), CrawlRun.state == "finished", CrawlRun.verdict == "ok")
        .order_by(CrawlRun.started_at.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [dict(coverage) for coverage in connection.scalars(query)]


def plan_key(plan: Mapping[str, Any]) -> str:
    """Equal for equal plans, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def free_dead_leases(connection: Connection, run_id: str) -> int:
    """Make the pages of a run due again that were leased by processes of this machine which have ended; returns how many."""
    leased = (FrontierPage.run_id == run_id, FrontierPage.state == "leased")
    owners = connection.scalars(select(FrontierPage.lease_owner).where(*leased).distinct()).all()
    dead = [owner for owner in owners if owner is not None and not may_live(owner)]
    if not dead:
        return 0
    freed = connection.execute(
        update(FrontierPage).where(*leased, FrontierPage.lease_owner.in_(dead)).values(state="pending", lease_owner=None, lease_until=None)
    )
    return freed.rowcount


def _close_dead_runs(connection: Connection) -> None:
    running = connection.execute(select(CrawlRun.run_id, CrawlRun.owner).where(CrawlRun.state == "running")).all()
    dead = [row.run_id for row in running if not may_live(row.owner)]
    if dead:
        connection.execute(update(CrawlRun).where(CrawlRun.run_id.in_(dead)).values(state="crashed"))


def _view(row: Mapping[str, Any]) -> RunView:
    values = {name: row[name] for name in RunView.__dataclass_fields__}
    return RunView(**(values | {"reasons": tuple(values["reasons"])}))
