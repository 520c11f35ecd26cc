"""`reumi tag`: give every song its emotion labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option, model_option
from reumi.cli.values import MOST, TEXT

if TYPE_CHECKING:
    from tagging.tagger import TaggingReport

# Seconds between two plain progress lines in a pipe, at least.
_EVERY = 5.0


@click.command()
@model_option
@click.option("--limit", type=click.IntRange(1, MOST), metavar="N", help="Tag at most N songs.")
@click.option(
    "--dask",
    type=TEXT,
    metavar="ADDRESS",
    default="",
    help="Read on a Dask cluster: its scheduler's address, or local:N for N processes here.",
)
@database_option
def tag(model: str, limit: int | None, dask: str, database_url: str) -> None:
    """Read the feeling of every lyric line, and keep each song's seven counts, means and main emotion.

    Only songs that this model has not read, or whose lyrics changed, are read. Stop it at any time: running again goes on.

    \b
    Example: reumi tag
             reumi tag --model my-kobert --db postgresql+psycopg://me@host/reumi --dask tcp://scheduler:8786
    """
    from reumi.jobs.tag import TagOrder, tag_database

    order = TagOrder(model=model, limit=limit, dask=dask)
    with _progress() as progress:
        report = tag_database(database_url, order, progress)
    for line in summarise(report):
        click.echo(line)


def summarise(report: TaggingReport) -> Iterator[str]:
    """The end of a tagging run in a few lines."""
    if not report.songs:
        yield "Nothing to tag: this model has read every song that has lyrics."
        return
    how = f"{report.lines_read} different ones read now, {report.lines_known} known before"
    yield f"Tagged {report.songs} songs, {report.lines} lines ({how})"
    for emotion, songs in sorted(report.emotions.items(), key=lambda item: -item[1]):
        yield f"  {emotion} {songs:>6}"


@contextmanager
def _progress() -> Iterator[Callable[[TaggingReport], None]]:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        yield _plain_lines()
        return
    with console.status("Reading lyrics…") as status:
        yield lambda report: status.update(f"Reading lyrics… {report.songs} songs, {report.lines} lines")


def _plain_lines() -> Callable[[TaggingReport], None]:
    said = monotonic()
    click.echo("Reading lyrics…")

    def say(report: TaggingReport) -> None:
        nonlocal said
        if monotonic() - said >= _EVERY:
            said = monotonic()
            click.echo(f"{report.songs} songs, {report.lines} lines")

    return say
