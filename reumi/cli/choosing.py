"""The options that choose songs, shared by the commands that search and export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reumi.cli.values import MOST, TEXT
from tagging.emotions import LABELS

if TYPE_CHECKING:
    from storage.catalog import SongFilter

Command = TypeVar("Command", bound=Callable[..., object])

_OPTIONS = (
    click.option("--text", type=TEXT, metavar="WORDS", help="Songs with these words in title, artist, album or lyrics."),
    click.option("--genre", type=TEXT, metavar="NAME", help="Songs of this genre: 발라드, GN0100, …"),
    click.option("--listing", type=click.Choice(["steady", "popular", "newest"]), help="Songs ever seen on this kind of genre list."),
    click.option("--chart", type=click.Choice(["top100", "hot100", "day", "week", "month"]), help="Songs ever seen on this chart."),
    click.option("--emotion", type=click.Choice(LABELS), help="Songs with this main emotion."),
    click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Songs last seen on or after this day (UTC)."),
    click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Songs last seen before this day (UTC)."),
    click.option("--min-likes", type=click.IntRange(0, MOST), help="Songs with at least this many likes."),
    click.option("--limit", type=click.IntRange(1, MOST), help="At most this many songs."),
)


def choosing_options(command: Command) -> Command:
    """Add the options; the command gets them as keyword arguments and passes them to `chosen`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(options: dict[str, Any]) -> SongFilter:
    """The filter that the options ask for. Raises BadRequest for a genre that does not exist."""
    from scraper.site import genre
    from storage.catalog import SongFilter

    conditions = dict(options)
    if conditions["genre"] is not None:
        conditions["genre"] = genre(conditions["genre"]).name
    for day in ("since", "until"):
        if isinstance(conditions[day], datetime):
            conditions[day] = conditions[day].replace(tzinfo=UTC)
    return SongFilter(**conditions)
