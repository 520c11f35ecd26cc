"""Writes the data set, or a part of it, to a file that other programs read; beside it a manifest that says what it is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, select

from storage.atomic_file import atomic_file
from storage.catalog import SongFilter
from storage.clock import utc_now
from storage.engine import reading, stream
from storage.errors import ExportFailed
from storage.models import CrawlRun, DataRevision
from storage.sheets import Sheet, counted, full_sheet, likes_sheet, original_sheet, ranks_sheet
from storage.types import instant_text
from storage.writers import WRITERS, Style

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
    style = Style(_known_encoding(order.encoding), order.guard if order.guard is not None else file_format == "xlsx")
    sheet = sheet_of(order)
    try:
        with reading(engine) as connection, closing(_stream(connection, sheet)) as source:
            rows = _Counted(source, connection.execute(counted(sheet)).scalar_one(), progress)
            facts = _facts(connection)
            with atomic_file(path) as target:
                WRITERS[file_format](target, sheet.columns, rows, style)
                size, digest = _measure(target)
                manifest_path(path).unlink(missing_ok=True)
            manifest = _manifest(path, order, file_format, style, sheet) | facts | {"rows": rows.number, "bytes": size, "sha256": digest}
            with atomic_file(manifest_path(path)) as target:
                target.write((json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
    except OSError as error:
        raise ExportFailed(f"cannot write {path}: {error.strerror or error}") from error
    return Exported(path, manifest_path(path), rows.number, size, digest)


def format_of(path: Path, named: str | None) -> str:
    """The format asked for, else the one of the file's ending. Raises ExportFailed."""
    chosen = named or path.suffix.lower().lstrip(".")
    if chosen not in WRITERS:
        raise ExportFailed(f"cannot tell the format of {path}: end the name with .{', .'.join(WRITERS)}, or give --format")
    return chosen


def sheet_of(order: ExportOrder) -> Sheet:
    """The table that an order asks for."""
    if order.history is not None:
        return {"likes": likes_sheet, "ranks": ranks_sheet}[order.history](order.wanted)
    return {"full": full_sheet, "original": original_sheet}[order.layout](order.wanted, order.lyrics)


def manifest_path(path: Path) -> Path:
    """Where the manifest of an export stands."""
    return path.with_name(f"{path.name}.manifest.json")


class _Counted:
    """Counts the rows that pass, and tells of them."""

    def __init__(self, rows: Iterator[tuple[Any, ...]], total: int, progress: Progress | None) -> None:
        self._rows = rows
        self._total = total
        self._progress = progress
        self.number = 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in self._rows:
            self.number += 1
            if self._progress is not None and self.number % _PAGE == 0:
                self._progress(self.number, self._total)
            yield row
        if self._progress is not None:
            self._progress(self.number, self._total)


def _stream(connection: Connection, sheet: Sheet) -> Generator[tuple[Any, ...], None, None]:
    for row in stream(connection, sheet.query):
        yield sheet.shape(row)


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


def _manifest(path: Path, order: ExportOrder, file_format: str, style: Style, sheet: Sheet) -> dict[str, Any]:
    chosen = {
        name: instant_text(value) if hasattr(value, "tzinfo") else value
        for name, value in asdict(order.wanted).items()
        if value is not None
    }
    return {
        "file": path.name,
        "holds": sheet.name,
        "format": file_format,
        "layout": order.layout if order.history is None else order.history,
        "encoding": style.encoding if file_format == "csv" else "utf-8",
        "formula_guard": style.guard,
        "written_at": instant_text(utc_now()),
        "filter": chosen,
        "columns": [{"name": column.name, "type": str(column.kind), "meaning": column.meaning} for column in sheet.columns],
        "licence": LICENCE_NOTE,
    }


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ExportFailed(f"there is no encoding {name!r}: choose utf-8-sig, utf-8 or cp949") from None
    return name
