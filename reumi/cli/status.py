"""`reumi status`: the health of everything on one screen, with an exit code for monitors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click


@click.command()
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Schedule file [default: REUMI_SCHEDULE_FILE]."
)
@click.option("--db", "database_url", metavar="URL", help="Database URL or SQLite file [default: as set for the schedule's folder].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(file: Path | None, database_url: str | None, as_json: bool) -> int:
    """How everything is: songs, labels, index, lists and their age, jobs and their last and next runs.

    Exit codes, for monitors: 0 all is well, 1 something needs a look (each reason is a line that begins with `!`) or there is no data
    set yet, 2 a wrong option or file.

    \b
    Example: reumi status
             reumi status --json | jq .problems
    """
    from reumi.cli.status_talk import health_as_dict, health_lines
    from reumi.encoder import folder_of_index
    from reumi.schedule.health import gather
    from reumi.schedule.place import plan_if_any
    from reumi.settings import Settings
    from storage.errors import NoDataSet
    from storage.place import absolute_url
    from storage.schema import open_for_reading

    plan = plan_if_any(file)
    folder = plan.folder if plan is not None else Path.cwd()
    settings = Settings.load(folder=folder)
    url = absolute_url(database_url or settings.database_url, Path.cwd() if database_url else folder)
    try:
        engine = open_for_reading(url)
    except NoDataSet as nothing:
        click.echo(json.dumps({"problems": [str(nothing)]}, ensure_ascii=False) if as_json else f"Nothing here yet: {nothing}.")
        return 1
    try:
        health = gather(engine, plan, folder_of_index(settings, url, folder), datetime.now(UTC))
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps(health_as_dict(health), ensure_ascii=False, default=str))
    else:
        for line in health_lines(health):
            click.echo(line)
    return 1 if health.problems else 0
