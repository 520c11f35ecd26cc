"""What `reumi runs` says: a table, and one run in full."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from storage.job_alerts import AlertView
from storage.job_views import JobRunView
from storage.runs import RunView

AnyRun = JobRunView | RunView


def began(run: AnyRun) -> datetime:
    """The instant by which runs are ordered."""
    if isinstance(run, RunView):
        return run.started_at
    return run.started_at or run.slot_at or run.queued_at


def run_lines(runs: Sequence[AnyRun], untold: Collection[int] = ()) -> Iterator[str]:
    """One line a run; times are those of this machine's clock. `untold` are the runs whose alert did not arrive."""
    if not runs:
        yield "no runs yet: start one with `reumi crawl`, or a schedule with `reumi schedule run`"
        return
    rows = [_row(run, untold) for run in runs]
    width = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    for number, what, when, length, how in rows:
        yield f"{number:<{width[0]}}  {when}  {what:<{width[1]}}  {length:>8}  {how}"


def show_lines(scheduled: JobRunView | None, crawled: RunView | None, alerts: Sequence[AlertView] = ()) -> Iterator[str]:
    """Everything about one run."""
    if scheduled is not None:
        yield from _scheduled_lines(scheduled)
        yield from (f"  alert      {_alert(alert)}" for alert in alerts)
    if crawled is not None:
        yield from _crawl_lines(crawled)
    if scheduled is not None and scheduled.log_tail:
        yield ""
        yield "Log, its end:"
        yield from (f"  {line}" for line in scheduled.log_tail.splitlines())


def _row(run: AnyRun, untold: Collection[int]) -> tuple[str, str, str, str, str]:
    if isinstance(run, JobRunView):
        how = f"{run.event}{f' ({_short(run.reason)})' if run.reason else ''}{', ALERT NOT DELIVERED' if run.id in untold else ''}"
        return f"{run.id}", run.job, _moment(began(run)), _length(run.seconds), how
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    how = run.verdict or "" if run.state == "finished" else f"{run.state}{f', {run.verdict}' if run.verdict else ''}"
    reason = f" ({_short(run.reasons[0])})" if run.reasons else ""
    return run.run_id, "crawl by hand", _moment(run.started_at), _length(seconds), f"{how}{reason}"


def _scheduled_lines(run: JobRunView) -> Iterator[str]:
    causes = {"slot": "its timetable", "after": f"the end of run {run.after_id}", "hand": "a person"}
    yield f"Run {run.id} of job {run.job}: {run.event}{f' ({run.reason})' if run.reason else ''}"
    yield f"  begun by   {causes[run.cause]}{f', slot {_moment(run.slot_at)}' if run.slot_at else ''}"
    yield f"  started    {_moment(run.started_at)}{f', attempt {run.attempts}' if run.attempts > 1 else ''}"
    yield f"  ended      {_moment(run.finished_at)}{f' after {_length(run.seconds)}' if run.seconds is not None else ''}"
    if run.exit_code is not None:
        yield f"  exit code  {run.exit_code}"
    if run.then:
        yield f"  then       {', '.join(run.then)}"
    if run.holder:
        yield f"  worker     {run.holder}"


def _alert(alert: AlertView) -> str:
    tries = f"{alert.tries} {'try' if alert.tries == 1 else 'tries'}"
    if alert.delivered_at is not None:
        return f"`{alert.event}` by {alert.channel}: delivered {_moment(alert.delivered_at)} ({tries})"
    if alert.next_try_at is None:
        return f"`{alert.event}` by {alert.channel}: NOT DELIVERED, given up after {tries}: {alert.error}"
    failed = f" after {tries}: {alert.error}" if alert.error else ""
    return f"`{alert.event}` by {alert.channel}: not delivered yet{failed}; next try {_moment(alert.next_try_at)}"


def _crawl_lines(run: RunView) -> Iterator[str]:
    yield f"Crawl {run.run_id}: {run.state}, verdict {run.verdict or 'none yet'}"
    yield f"  site       {run.site_url}{'  (robots.txt was ignored)' if run.ignored_robots else ''}"
    yield f"  started    {_moment(run.started_at)}, ended {_moment(run.finished_at)}, {run.requests} requests"
    yield f"  lists      {', '.join(run.plan.get('lists', [])) or 'none'}"
    yield f"  counts     {_flat(run.counts)}"
    fields = run.coverage.get("fields", {})
    for name in sorted(name for name in fields if "." in name):
        total = fields.get(name.partition(".")[0], 0)
        yield f"  coverage   {name:<22} {fields[name]} of {total}{f' ({fields[name] / total:.0%})' if total else ''}"
    yield from (f"  reason     {reason}" for reason in run.reasons)


def _flat(counts: Any) -> str:
    parts = [f"{name} {value}" for name, value in counts.items() if not isinstance(value, dict)]
    return ", ".join(parts) or "none"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}" if at is not None else "never"


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= 90 else f"{text[:89]}…"
