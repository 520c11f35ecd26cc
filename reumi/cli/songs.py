"""`reumi songs` and `reumi song`: look at what is stored."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from reumi.cli.choosing import choosing_options, chosen
from reumi.cli.options import database_option
from reumi.cli.steps import counted
from reumi.cli.values import TEXT

if TYPE_CHECKING:
    from storage.catalog import SongView

_DEFAULT_LIMIT = 20


@click.command()
@choosing_options
@click.option("--sort", type=click.Choice(["likes", "id"]), default="likes", show_default=True, help="Best-liked first, or by id.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, without lyrics; all songs unless --limit is given.")
@database_option
def songs(sort: str, as_json: bool, database_url: str, **conditions: Any) -> None:
    """Search and filter the stored songs; the table shows 20 unless --limit says otherwise.

    \b
    Example: reumi songs --text 바다 --emotion 슬픔
             reumi songs --genre 발라드 --listing steady --json
    """
    from dataclasses import replace

    from storage.catalog import Catalog
    from storage.schema import open_for_reading

    engine = open_for_reading(database_url)
    catalog, wanted, by_likes = Catalog(engine), chosen(conditions), sort == "likes"
    if as_json:
        for found in catalog.search(wanted, by_likes=by_likes):
            click.echo(json.dumps(_facts(found, lyrics=False), ensure_ascii=False))
    else:
        _table(
            list(catalog.search(replace(wanted, limit=wanted.limit or _DEFAULT_LIMIT), by_likes=by_likes)),
            catalog.count(replace(wanted, limit=None)),
        )
    engine.dispose()


@click.command()
@click.argument("song_id", type=TEXT)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything, lyrics and history included.")
@database_option
def song(song_id: str, as_json: bool, database_url: str) -> None:
    """Everything known about one song.

    \b
    Example: reumi song 30492279
    """
    from storage.catalog import Catalog
    from storage.errors import UnknownSong
    from storage.schema import open_for_reading

    engine = open_for_reading(database_url)
    catalog = Catalog(engine)
    found = catalog.song(song_id)
    if found is None:
        engine.dispose()
        raise UnknownSong(song_id)
    likes, ranks = catalog.like_history(song_id), catalog.rank_history(song_id)
    engine.dispose()
    if as_json:
        whole = _facts(found, lyrics=True) | {
            "like_history": [asdict(seen) for seen in likes],
            "rank_history": [asdict(seen) for seen in ranks],
        }
        click.echo(json.dumps(whole, ensure_ascii=False, default=str))
        return
    for line in _portrait(found):
        click.echo(line)
    click.echo(f"history     {counted(len(likes), 'observation')} of likes, {len(ranks):,} of ranks: reumi history {song_id}")
    if found.lyrics:
        click.echo(f"\n{found.lyrics}")


def _facts(found: SongView, *, lyrics: bool) -> dict[str, Any]:
    from tagging.emotions import LABELS

    facts = {name: str(value) if isinstance(value, date) else value for name, value in asdict(found).items()}
    for name in ("counts", "probabilities"):
        facts[name] = dict(zip(LABELS, facts[name], strict=True)) if facts[name] is not None else None
    if not lyrics:
        del facts["lyrics"]
    return facts


def _table(found: list[SongView], total: int) -> None:
    from rich.console import Console
    from rich.table import Table

    if not found:
        click.echo("No song fits.")
        return
    table = Table(box=None, pad_edge=False)
    for name, options in (
        ("id", {"no_wrap": True}),
        ("title", {}),
        ("artist", {}),
        ("genre", {}),
        ("emotion", {}),
        ("likes", {"justify": "right"}),
    ):
        table.add_column(name, **options)
    for item in found:
        likes = f"{item.likes:,}" if item.likes is not None else ""
        table.add_row(item.song_id, item.title, item.artist, item.genre or "", item.main_emotion or "", likes)
    # Titles are data: Rich must not read [brackets] in them as its own markup.
    Console(markup=False, highlight=False, emoji=False, width=max(shutil.get_terminal_size().columns, 80)).print(table)
    if total > len(found):
        click.echo(f"{len(found):,} of {total:,} songs; --limit shows more")


def _portrait(found: SongView) -> list[str]:
    from tagging.emotions import LABELS

    facts = [
        ("title", found.title),
        ("artist", found.artist),
        ("album", found.album),
        ("genre", " · ".join(dict.fromkeys(filter(None, (found.genre, *found.page_genres))))),
        ("released", found.released_text or found.released),
        ("credits", ", ".join(f"{credit['role']} {credit['name']}" for credit in found.credits)),
        ("likes", f"{found.likes:,} ({found.likes_at:%Y-%m-%d %H:%M} UTC)" if found.likes is not None else None),
        ("lyrics", found.lyrics_status),
        ("seen", f"{found.first_seen:%Y-%m-%d} to {found.last_seen:%Y-%m-%d}, from {found.source}"),
        ("delisted", found.delisted_at and f"{found.delisted_at:%Y-%m-%d}"),
        ("gone", found.gone_at and f"{found.gone_at:%Y-%m-%d}"),
        ("picture", found.image_url),
        ("emotion", found.main_emotion),
    ]
    if found.counts is not None and found.probabilities is not None:
        rows = zip(LABELS, found.counts, found.probabilities, strict=True)
        facts.append(("lines", "  ".join(f"{label} {count} ({share:.0%})" for label, count, share in rows)))
    return [f"{name:<11} {value}" for name, value in facts if value]
