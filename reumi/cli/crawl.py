"""`reumi crawl`: what a person asks for, and what the crawl says while it runs and at its end."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from reumi.cli.options import database_option
from reumi.cli.values import MOST, TEXT
from reumi.schedule.duration import read_duration

_LISTINGS = ("steady", "popular", "newest")
_CHARTS = ("top100", "hot100", "day", "week", "month")


def _duration(_context: click.Context, _option: click.Parameter, text: str) -> timedelta:
    try:
        return read_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--genre",
    "genres",
    multiple=True,
    type=TEXT,
    metavar="NAME",
    help="A genre: 발라드, 댄스, 랩/힙합, R&B/Soul, 인디, 록, 트로트, or a code. Repeat.",
)
@click.option(
    "--listing",
    "listings",
    multiple=True,
    type=click.Choice(_LISTINGS),
    help="Which lists of the genres. Repeat. [default: steady, popular]",
)
@click.option(
    "--sub-genre", "sub_genres", multiple=True, type=TEXT, metavar="CODE", help="A sub-genre by its code, such as GN0105. Repeat."
)
@click.option("--chart", "charts", multiple=True, type=click.Choice(_CHARTS), help="A chart. Repeat.")
@click.option(
    "--date", type=TEXT, metavar="DATE", help="A past hour (top100), day, week or month of the charts: 2026-11-24, 2026-11, 2026-11-24T09."
)
@click.option("--limit", type=click.IntRange(1, MOST), help="Rows of each list. [default: 50, and all of a chart]")
@click.option("--all", "all_rows", is_flag=True, help="Every list to its end.")
@click.option(
    "--refresh-details",
    type=TEXT,
    default="30d",
    show_default=True,
    callback=_duration,
    metavar="AGE",
    help="Read a song's page again when its last reading is older.",
)
@click.option("--resume", is_flag=True, help="Go on with the site's newest run that was stopped or died, whatever its lists.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, under which manners, and how long it takes; read nothing.")
@click.option("--max-requests", type=click.IntRange(1, MOST), help="Most requests of this run.")
@click.option("--ignore-robots", is_flag=True, help="Read what robots.txt forbids; kept with the run. Read docs/crawling.md first.")
@click.option("--record", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Keep every page in a folder.")
@click.option(
    "--replay", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR", help="Read a recording instead of the site."
)
@click.option("--grid", "grid_url", default="", type=TEXT, metavar="URL", help="Use browsers of a Selenium Grid.")
@click.option(
    "--sessions",
    default=1,
    show_default=True,
    type=click.IntRange(1, 16),
    help="Browsers that share the run; the gap between requests holds for all together.",
)
@database_option
def crawl(
    genres: tuple[str, ...],
    listings: tuple[str, ...],
    sub_genres: tuple[str, ...],
    charts: tuple[str, ...],
    date: str | None,
    limit: int | None,
    all_rows: bool,
    refresh_details: timedelta,
    resume: bool,
    dry_run: bool,
    max_requests: int | None,
    ignore_robots: bool,
    record: Path | None,
    replay: Path | None,
    grid_url: str,
    sessions: int,
    database_url: str,
) -> int:
    """Read genre lists, charts and song pages into the database.

    Without a choice of lists: the steady sellers and popular songs of all seven genres, and the TOP100. A run that was stopped, or
    that died, is continued by the same command.

    Exit codes: 0 done, 2 a wrong option, 3 the site's layout changed, 4 the site cannot be reached, 5 the site refuses,
    75 another process crawls the site now: try again later, 130 stopped.

    \b
    Example: reumi crawl --genre 발라드 --listing steady --limit 50
             reumi crawl --chart top100 --chart day --dry-run
    """
    from reumi.cli.crawl_talk import describe_setup, summarise, watching
    from reumi.jobs.crawl import CrawlOrder, CrawlSetup, run_crawl, unfinished_order
    from reumi.jobs.selection import Selection
    from reumi.settings import Settings
    from scraper.records import Chart, Listing

    settings = Settings.load()
    selection = Selection(
        genres, tuple(map(Listing, listings)), tuple(map(Chart, charts)), sub_genres, date, limit, all_rows
    )  # fmt: skip
    order = CrawlOrder(
        selection.lists(), selection.extent(refresh_details), ignore_robots, max_requests, record, replay, grid_url, sessions
    )  # fmt: skip
    if resume and selection.is_empty:
        unfinished = unfinished_order(database_url, order, settings.site_url)
        if unfinished is None:
            click.echo(f"nothing to go on with: no crawl of {settings.site_url} was stopped or died in the last week")
            return 0
        order = unfinished
    if dry_run:
        for line in describe_setup(CrawlSetup(order, settings), database_url):
            click.echo(line)
        return 0
    with watching(order, sys.stdout.isatty()) as watch:
        outcome = run_crawl(order, settings, database_url, watch=watch)
    for line in summarise(outcome, settings):
        click.echo(line)
    if outcome.report.exit_code:
        broken = outcome.report.exit_code == 3
        click.echo(f"reumi: {outcome.report.judgement.reasons[0] if broken else outcome.report.ending}", err=True)
    return outcome.report.exit_code
