"""`reumi export`: the data set as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reumi.cli.choosing import choosing_options, chosen
from reumi.cli.options import database_option
from reumi.cli.steps import counted, steps
from reumi.cli.values import TEXT
from storage.formats import FORMATS


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--layout", type=click.Choice(["full", "original"]), default="full", show_default=True, help="Which columns.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Instead of the file's ending.")
@click.option("--no-lyrics", is_flag=True, help="Leave the lyrics out, for sharing.")
@click.option("--history", type=click.Choice(["likes", "ranks"]), help="A long table of observations instead of songs.")
@click.option("--encoding", type=TEXT, default="utf-8-sig", show_default=True, help="Of CSV; the default opens as Korean in Excel.")
@click.option("--guard/--no-guard", default=None, help="Keep spreadsheets from running texts as formulas [default: on for xlsx].")
@choosing_options
@database_option
def export(
    file: Path,
    layout: str,
    file_format: str | None,
    no_lyrics: bool,
    history: str | None,
    encoding: str,
    guard: bool | None,
    database_url: str,
    **conditions: Any,
) -> None:
    """Write the songs to FILE: .csv, .jsonl, .parquet or .xlsx by its ending.

    FILE appears whole or not at all, and FILE.manifest.json beside it says what it holds.

    \b
    Example: reumi export songs.csv --layout original
             reumi export ballads.parquet --genre 발라드 --no-lyrics
             reumi export likes.csv --history likes
    """
    from storage.export import ExportOrder
    from storage.export import export as write
    from storage.schema import open_for_reading

    if history is not None and layout != "full":
        raise click.UsageError(f"--history {history} is a table of its own: leave --layout {layout} out")
    order = ExportOrder(
        layout=layout,
        file_format=file_format,
        wanted=chosen(conditions),
        lyrics=not no_lyrics,
        history=history,
        encoding=encoding,
        guard=guard,
    )
    engine = open_for_reading(database_url)
    with steps("Writing", "rows") as advance:
        written = write(engine, file, order, advance)
    engine.dispose()
    click.echo(f"{written.path}: {counted(written.rows, 'song' if history is None else 'observation')}, {written.size:,} bytes")
