"""Writes the data set, or a part of it, to a file that other programs read; beside it a manifest that says what it is."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, select

from storage.atomic_file import atomic_file, not_written
from storage.catalog import SongFilter
from storage.clock import utc_now
from storage.csv_lines import csv_lines
from storage.engine import reading, stream
from storage.errors import ExportFailed
from storage.formats import FORMATS
from storage.models import CrawlRun, DataRevision
from storage.sheets import Sheet, full_sheet, likes_sheet, original_sheet, ranks_sheet
from storage.types import instant_text
from storage.writers import WRITERS, Writer

LICENCE_NOTE = (
    "Song facts and lyrics belong to their rights holders and to the site that they were read from. "
    "Share an export without lyrics (--no-lyrics) unless you hold the right to share them."
)
_PAGE = 1000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What to write. `file_format` None goes by the file's ending; `guard` None is on for spreadsheets (xlsx) only.

    `layout` is `full` or `original`; `history` (`likes` or `ranks`) takes a long table of observations instead of songs.
    """

    layout: str = "full"
    file_format: str | None = None
    wanted: SongFilter = field(default_factory=SongFilter)
    lyrics: bool = True
    history: str | None = None
    encoding: str = "utf-8-sig"
    guard: bool | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    manifest: Path
    rows: int
    size: int
    sha256: str


def export(engine: Engine, path: Path, order: ExportOrder | None = None, progress: Progress | None = None) -> Exported:
    """Write one state of the database to `path`, which is replaced in one step; memory stays flat at any size.

    `progress(rows written, rows in all)` is called now and then. Raises ExportFailed, leaving whatever stood at `path`.
    """
    order = order or ExportOrder()
    file_format = format_of(path, order.file_format)
    guard = order.guard if order.guard is not None else file_format == "xlsx"
    encoding = _known_encoding(order.encoding) if file_format == "csv" else "utf-8"
    sheet = sheet_of(order)
    try:
        with reading(engine) as connection:
            count = _Count(connection.execute(sheet.count()).scalar_one(), progress)
            facts = _facts(connection)
            with atomic_file(path) as target:
                if file_format == "csv":
                    _write_csv(connection, sheet, target, encoding, guard, count)
                else:
                    _write_values(connection, sheet, target, WRITERS[file_format], guard, count)
                size, digest = _measure(target)
                manifest_path(path).unlink(missing_ok=True)
        manifest = {
            # A name's bytes that are no UTF-8 cannot stand in JSON.
            "file": path.name.encode("utf-8", "replace").decode(),
            "holds": sheet.name,
            "format": file_format,
            "layout": order.history or order.layout,
            "encoding": encoding,
            "formula_guard": guard,
            "written_at": instant_text(utc_now()),
            "rows": count.rows,
            "bytes": size,
            "sha256": digest,
            "filter": _conditions(order.wanted),
            "columns": [{"name": column.name, "type": str(column.kind), "meaning": column.meaning} for column in sheet.columns],
            **facts,
            "licence": LICENCE_NOTE,
        }
        with atomic_file(manifest_path(path)) as target:
            target.write((json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
    except OSError as error:
        raise ExportFailed(not_written(path, error)) from error
    return Exported(path, manifest_path(path), count.rows, size, digest)


def format_of(path: Path, named: str | None) -> str:
    """The format asked for, else the one of the file's ending. Raises ExportFailed."""
    chosen = named or path.suffix.lower().lstrip(".")
    if chosen not in FORMATS:
        raise ExportFailed(f"cannot tell the format of {path}: end the name with .{', .'.join(FORMATS)}, or give --format")
    return chosen


def sheet_of(order: ExportOrder) -> Sheet:
    """The table that an order asks for."""
    if order.history is not None:
        return {"likes": likes_sheet, "ranks": ranks_sheet}[order.history](order.wanted)
    return {"full": full_sheet, "original": original_sheet}[order.layout](order.wanted, order.lyrics)


def manifest_path(path: Path) -> Path:
    """Where the manifest of an export stands."""
    return path.with_name(f"{path.name}.manifest.json")


class _Count:
    """Counts the rows that pass, and tells of them."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self.rows = 0

    def add(self, rows: int) -> None:
        self.rows += rows
        if self._progress is not None:
            self._progress(self.rows, self._total)


def _write_csv(connection: Connection, sheet: Sheet, target: BinaryIO, encoding: str, guard: bool, count: _Count) -> None:
    encode = None if encoding in ("utf-8", "utf-8-sig") else codecs.getincrementalencoder(encoding)()
    target.write(codecs.BOM_UTF8 if encoding == "utf-8-sig" else b"")
    with closing(csv_lines(connection, sheet, guard)) as pieces:
        for rows, piece in pieces:
            target.write(piece if encode is None else _encoded(encode, piece.decode(), encoding))
            count.add(rows)


def _encoded(encoder: codecs.IncrementalEncoder, text: str, encoding: str) -> bytes:
    try:
        return encoder.encode(text)
    except UnicodeEncodeError as error:
        raise ExportFailed(f"{encoding} has no {text[error.start]!r}: choose --encoding utf-8-sig") from None


def _write_values(connection: Connection, sheet: Sheet, target: BinaryIO, write: Writer, guard: bool, count: _Count) -> None:
    def counted() -> Generator[tuple[Any, ...], None, None]:
        with closing(stream(connection, sheet.query(), _PAGE)) as rows:
            number = 0
            for number, row in enumerate(rows, start=1):
                yield sheet.values(row)
                if number % _PAGE == 0:
                    count.add(_PAGE)
            count.add(number % _PAGE)

    with closing(counted()) as values:
        write(target, sheet.columns, values, guard)


def _measure(target: BinaryIO) -> tuple[int, str]:
    target.flush()
    target.seek(0)
    digest = hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]
    return target.seek(0, os.SEEK_END), digest


def _facts(connection: Connection) -> dict[str, Any]:
    revision = connection.execute(select(DataRevision.data_set, DataRevision.revision)).one()
    schema = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    runs = connection.execute(select(CrawlRun.run_id, CrawlRun.started_at, CrawlRun.verdict).order_by(CrawlRun.started_at)).all()
    return {
        "data_set": revision.data_set,
        "data_version": f"{revision.data_set}-{revision.revision}",
        "database_schema": schema,
        "runs": [{"run_id": run.run_id, "started_at": instant_text(run.started_at), "verdict": run.verdict} for run in runs],
    }


def _conditions(wanted: SongFilter) -> dict[str, Any]:
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    return {name: instant_text(value) if isinstance(value, datetime) else value for name, value in given.items()}


def _known_encoding(name: str) -> str:
    try:
        "a".encode(name)  # also refuses codecs that are no text encodings
        if codecs.lookup(name).name == "idna":  # of domain names: it takes no text of any length
            raise LookupError
    except LookupError:
        raise ExportFailed(f"there is no encoding {name!r}: choose utf-8-sig, utf-8 or cp949") from None
    return codecs.lookup(name).name
