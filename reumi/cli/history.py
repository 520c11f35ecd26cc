"""`reumi history`: likes and ranks of a song over time."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option
from reumi.cli.steps import counted
from reumi.cli.values import TEXT

if TYPE_CHECKING:
    from storage.catalog import LikeObservation, RankObservation

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 60


@click.command()
@click.argument("song_id", type=TEXT)
@click.option("--csv", "as_csv", is_flag=True, help="A row an observation: observed_at, what, period, value.")
@database_option
def history(song_id: str, as_csv: bool, database_url: str) -> None:
    """Likes and chart ranks of a song over time.

    \b
    Example: reumi history 30492279
             reumi history 30492279 --csv > likes.csv
    """
    from storage.catalog import Catalog
    from storage.errors import UnknownSong
    from storage.schema import open_for_reading

    engine = open_for_reading(database_url)
    catalog = Catalog(engine)
    song, likes, ranks = catalog.song(song_id), catalog.like_history(song_id), catalog.rank_history(song_id)
    engine.dispose()
    if song is None:
        raise UnknownSong(song_id)
    if as_csv:
        _write_csv(likes, ranks)
        return
    click.echo(f"{song.title} · {song.artist}")
    for line in (*_likes_lines(likes), *_rank_lines(ranks)):
        click.echo(line)
    if not likes and not ranks:
        click.echo("Nothing was observed yet: likes and ranks come with each crawl.")


def sparkline(values: Sequence[int], *, lowest_is_best: bool = False) -> str:
    """The values as blocks, low to high; of more than fit on a line, evenly chosen ones. Ranks stand upside down: 1 is highest."""
    chosen = [values[round(place * (len(values) - 1) / max(1, _WIDTH - 1))] for place in range(_WIDTH)] if len(values) > _WIDTH else values
    low, high = min(chosen), max(chosen)
    heights = [round((len(_BLOCKS) - 1) * (value - low) / (high - low)) if high > low else 3 for value in chosen]
    return "".join(_BLOCKS[len(_BLOCKS) - 1 - height if lowest_is_best and high > low else height] for height in heights)


def _likes_lines(likes: list[LikeObservation]) -> list[str]:
    if not likes:
        return []
    first, last = likes[0], likes[-1]
    return [
        f"likes  {sparkline([seen.likes for seen in likes])}  {first.likes:,} → {last.likes:,}",
        f"       {first.observed_at:%Y-%m-%d} to {last.observed_at:%Y-%m-%d}, {counted(len(likes), 'observation')}",
    ]


def _rank_lines(ranks: list[RankObservation]) -> list[str]:
    lines = []
    for name in dict.fromkeys(seen.list_name for seen in ranks):
        series = [seen for seen in ranks if seen.list_name == name]
        places = [seen.rank for seen in series]
        course = f"{places[0]} → {places[-1]} (best {min(places)}, {counted(len(series), 'observation')})"
        lines.append(f"{name}  {sparkline(places, lowest_is_best=True)}  {course}")
    return lines


def _write_csv(likes: list[LikeObservation], ranks: list[RankObservation]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["observed_at", "what", "period", "value"])
    rows = [(seen.observed_at.isoformat(), "likes", "", seen.likes) for seen in likes]
    rows += [(seen.observed_at.isoformat(), seen.list_name, seen.period, seen.rank) for seen in ranks]
    writer.writerows(sorted(rows))
