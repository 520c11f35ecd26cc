"""`reumi doctor pages`: reads the pages again that the parser refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scraper.clues import Clue
    from scraper.kept import KeptPage, PageKeep


@click.command()
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Where the pages are kept [default: the setting kept_pages]."
)
@click.option("--drop-read", is_flag=True, help="Remove the pages that can be read by now.")
def pages(folder: Path | None, drop_read: bool) -> int:
    """Read kept pages again with the present parser, and say which selector still finds nothing and what resembles it.

    Exit codes: 0 when every kept page can be read, 3 when one cannot.

    \b
    Example: reumi doctor pages
             reumi doctor pages --drop-read
    """
    from reumi.settings import Settings
    from scraper.kept import PageKeep, read_again

    keep = PageKeep(folder or Path(Settings.load().kept_pages))
    refused = total = 0
    for kept in keep.pages():
        total += 1
        problem = read_again(keep, kept)
        refused += problem is not None
        click.echo(f"{'refused' if problem else 'read   '} {kept.name}  {kept.count} time(s), {kept.first_seen} to {kept.last_seen}")
        click.echo(f"        {kept.url}")
        click.echo(f"        was: no {kept.field} at `{kept.selector}`")
        if problem is not None:
            click.echo(f"        now: {problem}")
            for clue in _clues(keep, kept):
                click.echo(f"        perhaps `{clue.selector}` now: {clue.count} element(s), such as “{clue.sample}”")
        elif drop_read:
            keep.drop(kept)
    click.echo(f"{total} kept page(s) in {keep.folder}: {total - refused} can be read, {refused} cannot")
    return 3 if refused else 0


def _clues(keep: PageKeep, kept: KeptPage) -> list[Clue]:
    """What may have become of the selector; nothing of a page whose file is damaged, which reading it again has told."""
    from scraper.clues import clues
    from scraper.errors import KeptPageDamaged

    try:
        return clues(keep.html(kept), kept.selector)
    except KeptPageDamaged:
        return []
