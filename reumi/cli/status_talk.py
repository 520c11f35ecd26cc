"""What `reumi status` says of the health that it was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from reumi.schedule.health import Health, JobHealth
from storage.job_views import JobRunView


def health_lines(health: Health) -> Iterator[str]:
    """One screen: problems first."""
    yield from (f"! {problem}" for problem in health.problems)
    if not health.problems:
        yield "All is well."
    yield ""
    yield f"Data    {health.songs:,} songs in {health.database}, {_untagged(health.untagged)}"
    yield f"Index   {_index(health)}"
    yield f"Runner  {_runner(health)}"
    if health.lists:
        yield ""
        width = max(len(item.list_name) for item in health.lists)
        for item in health.lists:
            late = "  late" if item.list_name in health.late_lists else ""
            yield f"List    {item.list_name:<{width}}  {item.rows:>5} rows  read {ago(health.now - item.read_at)}{late}"
    if health.last_crawl is not None:
        crawl = health.last_crawl
        verdict = f", {crawl.verdict}" if crawl.verdict else ""
        yield f"Crawl   {crawl.run_id}: {crawl.state}{verdict}, begun {ago(health.now - crawl.started_at)}"
    if health.jobs:
        yield ""
        width = max(len(item.job.name) for item in health.jobs)
        yield from (f"Job     {item.job.name:<{width}}  {_job(item, health.now)}" for item in health.jobs)


def health_as_dict(health: Health) -> dict[str, Any]:
    """The same for machines; instants are text with their zone."""
    return {
        "now": health.now,
        "problems": list(health.problems),
        "database": health.database,
        "songs": health.songs,
        "untagged": health.untagged,
        "index": {"folder": str(health.index.folder), "read_at": health.index.read_at, "current": health.index.is_current},
        "undelivered_alerts": {trouble.channel: {"waiting": trouble.waiting, "error": trouble.last.error} for trouble in health.alerts},
        "scheduler": health.scheduler.holder if health.scheduler is not None else None,
        "lists": [
            {"list": item.list_name, "rows": item.rows, "read_at": item.read_at, "late": item.list_name in health.late_lists}
            for item in health.lists
        ],
        "jobs": [
            {
                "job": item.job.name,
                "running": item.running,
                "last": _brief(item.last),
                "last_ok_at": item.last_ok.finished_at if item.last_ok is not None else None,
                "next_at": item.next_at,
                "missed_in_a_day": item.missed_today,
            }
            for item in health.jobs
        ],
    }


def ago(span: timedelta) -> str:
    """`5 min ago`."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 90:
        return f"{seconds:.0f} s ago"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago" if seconds < 172_800 else f"{seconds / 86_400:.0f} days ago"


def _brief(run: JobRunView | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"run": run.id, "event": run.event, "reason": run.reason, "finished_at": run.finished_at, "seconds": run.seconds}


def _untagged(number: int) -> str:
    return f"{number:,} of them wait for their labels: `reumi tag`" if number else "all labelled that have lyrics"


def _index(health: Health) -> str:
    if health.index.read_at is None:
        return "none yet; `reumi recommend` builds it when it is needed"
    state = "holds the present data" if health.index.is_current else "is behind; `reumi recommend` brings it up to date when it is needed"
    return f"of {ago(health.now - health.index.read_at)}, {state}"


def _runner(health: Health) -> str:
    if health.scheduler is None:
        return "nobody runs the schedule" if health.jobs else "there is no schedule file (`reumi schedule init`)"
    host, _, rest = health.scheduler.holder.partition("/")
    return f"the schedule is run by process {rest.partition('/')[0]} on {host}, begun {ago(health.now - health.scheduler.acquired_at)}"


def _job(item: JobHealth, now: datetime) -> str:
    parts = ["running now"] if item.running else []
    if item.last is None:
        parts.append("never ran")
    elif item.last.finished_at is not None:
        parts.append(f"{item.last.event} {ago(now - item.last.finished_at)}")
    if item.missed_today:
        parts.append(f"{item.missed_today} slot(s) missed in a day")
    if item.next_at is not None:
        parts.append(f"next {item.next_at:%m-%d %H:%M %Z}")
    return ", ".join(parts)
