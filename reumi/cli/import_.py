"""`reumi import`: songs from files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option
from reumi.cli.steps import counted, steps
from reumi.cli.values import TEXT
from storage.formats import FORMATS

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.import_csv import Imported

_SHOWN_REJECTIONS = 5


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "pairs", multiple=True, type=TEXT, metavar="COLUMN=FIELD", help="Which field a column holds; may be given several times."
)
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Instead of the file's ending.")
@click.option("--encoding", type=TEXT, help="Of CSV [default: found out: UTF-8 or CP949].")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@database_option
def import_(file: Path, pairs: tuple[str, ...], file_format: str | None, encoding: str | None, dry_run: bool, database_url: str) -> None:
    """Take in the songs of FILE: the original's CSVs, their like, and ReUmi's own exports.

    Either the whole FILE is taken in or nothing. Rows that cannot be songs go to FILE.rejects.csv with line and reason. Importing the
    same FILE again changes nothing.

    \b
    Example: reumi import Melon_song_data.csv --dry-run
             reumi import mine.csv --map 노래이름=title --map 부른이=artist
    """
    from storage.import_csv import import_file

    columns = dict(_pair(text) for text in pairs)
    with steps("Reading", "songs") as advance, _opened(database_url, dry_run) as engine:
        report = import_file(
            engine,
            file,
            columns=columns,
            file_format=file_format,
            encoding=encoding,
            dry_run=dry_run,
            progress=lambda done: advance(done, None),
        )
    _tell(report, dry_run)


@contextmanager
def _opened(url: str, dry_run: bool) -> Iterator[Engine]:
    """The database; for a dry run without one, an empty one in a temporary folder, so that none is left behind."""
    from storage.place import sqlite_file
    from storage.schema import open_for_writing

    file = sqlite_file(url)
    with tempfile.TemporaryDirectory() as folder:
        absent = dry_run and file is not None and not file.exists()
        engine = open_for_writing(f"sqlite:///{folder}/empty.db" if absent else url)
        try:
            yield engine
        finally:
            engine.dispose()


def _pair(text: str) -> tuple[str, str]:
    column, separator, field = text.rpartition("=")
    if not separator or not column or not field:
        raise click.BadParameter(f"write --map COLUMN=FIELD, not {text!r}")
    return column, field


def _tell(report: Imported, dry_run: bool) -> None:
    tense = "would be " if dry_run else ""
    read = ", ".join(column if column == field else f"{column} → {field}" for column, field in report.columns.items())
    click.echo(f"Columns: {read}" + (f" (left out: {', '.join(report.ignored)})" if report.ignored else ""))
    click.echo(
        f"{counted(report.new, 'song')} {tense}added, {report.changed:,} changed, {report.unchanged:,} unchanged, "
        f"{report.repeated:,} repeated in the file; emotion labels {tense}taken in: {report.labelled:,}"
    )
    if report.rejections:
        where = f": see {report.rejects_file}" if report.rejects_file else ""
        click.echo(f"{counted(len(report.rejections), 'row')} {tense}rejected{where}")
        for rejection in report.rejections[:_SHOWN_REJECTIONS]:
            click.echo(f"  line {rejection.line}: {rejection.reason}")
