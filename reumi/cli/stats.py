"""`reumi stats`: what the data set holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option
from reumi.cli.steps import counted

if TYPE_CHECKING:
    from storage.stats import Stats

_BAR = 24


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_option
def stats(as_json: bool, database_url: str) -> None:
    """What the data set holds: songs per genre, emotion and list, how many have lyrics and likes, how fresh they are.

    \b
    Example: reumi stats
    """
    from storage.catalog import Catalog
    from storage.schema import open_for_reading

    engine = open_for_reading(database_url)
    found = Catalog(engine).stats()
    engine.dispose()
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, default=str))
        return
    for line in _report(found):
        click.echo(line)


def _report(found: Stats) -> list[str]:
    lines = [
        f"{counted(found.songs, 'song')}, {found.with_lyrics:,} with lyrics ({_share(found.with_lyrics, found.songs)}), "
        f"{found.with_likes:,} with likes ({_share(found.with_likes, found.songs)})",
        f"{counted(found.like_snapshots, 'observation')} of likes, {found.list_entries:,} of ranks",
        "",
    ]
    sections = (
        ("Genres", found.genres, "no genre"),
        ("Emotions", found.emotions, "no emotion yet"),
        ("Lists", found.listings, ""),
        ("Lyrics", found.lyrics, ""),
    )
    for title, numbers, nameless in sections:
        if numbers:
            lines += [title, *_bars(numbers, nameless), ""]
    moments = (
        ("first seen", found.first_seen),
        ("last seen", found.last_seen),
        ("likes read", found.likes_at),
        ("pages read", found.details_at),
        ("emotions read", found.tagged_at),
    )
    lines += ["Freshness (UTC)", *(f"  {name:<14} {_moment(at)}" for name, at in moments)]
    return lines


def _bars(numbers: dict[str, int], nameless: str) -> list[str]:
    from rich.cells import cell_len

    names = {name: name or nameless for name in numbers}
    width = max(cell_len(name) for name in names.values())
    most = max(numbers.values())
    # Korean letters are two columns wide: pad by columns, not by characters.
    return [
        f"  {names[name]}{' ' * (width - cell_len(names[name]))}  {number:>7,}  {'█' * max(1, round(_BAR * number / most))}"
        for name, number in numbers.items()
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else "never"
