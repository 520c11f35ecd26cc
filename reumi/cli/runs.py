"""`reumi runs`: past runs, scheduled or by hand, and everything about one of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option
from reumi.cli.values import TEXT

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reumi.cli.runs_talk import AnyRun


@click.group(invoke_without_command=True)
@click.option("--job", type=TEXT, metavar="NAME", help="Only runs of one job.")
@click.option("--bad", is_flag=True, help="Only runs that did not end well, and missed slots.")
@click.option("--limit", "-n", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
@click.pass_context
def runs(context: click.Context, job: str | None, bad: bool, limit: int, as_json: bool, database_url: str) -> None:
    """Past runs, newest first: what, when, how long, verdict. `reumi runs show ID` tells all about one.

    \b
    Example: reumi runs
             reumi runs --bad -n 50
    """
    context.obj = database_url
    if context.invoked_subcommand is not None:
        return
    from reumi.cli.runs_talk import run_lines
    from storage.job_alerts import untold_runs
    from storage.schema import open_for_reading

    engine = open_for_reading(database_url)
    found, untold = _latest(engine, job, bad, limit), untold_runs(engine)
    engine.dispose()
    if as_json:
        for item in found:
            click.echo(_as_json(item))
        return
    for line in run_lines(found, untold):
        click.echo(line)


@runs.command()
@click.argument("run_id", type=TEXT, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--db", "url", metavar="URL", help="Database URL or SQLite file [default: as of `reumi runs`].")
@click.pass_obj
def show(database_url: str, run_id: str, as_json: bool, url: str | None) -> None:
    """All about one run: verdict, reasons, counts, coverage, duration, the end of its log. ID is a number, or a crawl run's id.

    \b
    Example: reumi runs show 17
             reumi runs show 20261124T222454-0e8ff3
    """
    from reumi.cli.options import database_url as as_url
    from reumi.cli.runs_talk import show_lines
    from reumi.errors import NoSuchRun
    from storage.job_alerts import alerts_of
    from storage.job_views import job_run
    from storage.runs import run as crawl_run
    from storage.schema import open_for_reading

    engine = open_for_reading(as_url(url) if url else database_url)
    scheduled = job_run(engine, int(run_id)) if run_id.isdigit() and len(run_id) < 18 else None
    alerts = alerts_of(engine, scheduled.id) if scheduled is not None else []
    crawled = crawl_run(engine, scheduled.run_id if scheduled is not None and scheduled.run_id else run_id)
    engine.dispose()
    if scheduled is None and crawled is None:
        raise NoSuchRun(run_id)
    if as_json:
        click.echo(_as_json(scheduled or crawled))
        return
    for line in show_lines(scheduled, crawled, alerts):
        click.echo(line)


def _latest(engine: Engine, job: str | None, bad: bool, limit: int) -> list[AnyRun]:
    """Rows of the ledger and crawls that no job made, newest first."""
    from storage.job_views import BAD_STATES, BAD_VERDICTS, job_runs, scheduled_crawls
    from storage.runs import recent_runs

    scheduled = job_runs(engine, job=job, states=BAD_STATES if bad else (), limit=limit)
    by_hand = [] if job else [run for run in recent_runs(engine, limit) if not bad or run.verdict in BAD_VERDICTS or run.state == "crashed"]
    known = scheduled_crawls(engine, [run.run_id for run in by_hand])
    mixed: list[AnyRun] = [*scheduled, *(run for run in by_hand if run.run_id not in known)]
    from reumi.cli.runs_talk import began

    return sorted(mixed, key=began, reverse=True)[:limit]


def _as_json(found: AnyRun | None) -> str:
    assert found is not None
    return json.dumps(asdict(found), ensure_ascii=False, default=str)
