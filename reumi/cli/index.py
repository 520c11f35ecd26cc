"""`reumi index`: build or refresh the recommender's index."""

from __future__ import annotations

import time

import click

from reumi.cli.options import database_option
from reumi.settings import Settings


@click.command()
@click.option("--rebuild", is_flag=True, help="Write it anew, even when it is fresh or damaged.")
@database_option
def index(rebuild: bool, database_url: str) -> None:
    """Build the recommender's index, or add what changed since the last time. `reumi recommend` does the same by itself when it must.

    Example: reumi index --rebuild
    """
    from recommender.refresh import refresh
    from reumi.encoder import encoder_of, folder_of_index

    settings = Settings.load()
    folder = folder_of_index(settings, database_url)
    started = time.monotonic()
    built = refresh(folder, database_url, rebuild=rebuild, encoder=encoder_of(settings))
    parts = len(built.segments)
    click.echo(f"{len(built):,} songs in {parts} segment{'s' if parts != 1 else ''} of {folder} ({time.monotonic() - started:.1f} s)")
