"""Moves a whole data set: an online backup of an SQLite file, and a verified copy from one engine to the other."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select, text

from storage.atomic_file import not_written
from storage.engine import open_engine, parse_url, place_of, reading, stream, writing
from storage.errors import CopyFailed
from storage.faults import as_storage_error
from storage.models import Base
from storage.schema import is_empty, open_for_reading, upgrade
from storage.types import Row, dump_json, instant_text
from storage.upsert import Upsert

Progress = Callable[[int, int | None], None]
_PAGE = 2000
_PAGES_A_STEP = 256
_LOCK_SECONDS = 5
# What SQLite keeps beside a file, and would apply to any other file of that name.
_SIDES = ("-wal", "-shm", "-journal")


def backup(url: str, file: Path, progress: Progress | None = None) -> int:
    """Copy an SQLite database to `file` while others read and write it; returns the bytes. Raises CopyFailed, NoDataSet.

    An older copy of that name is replaced in one step, unless a program has it open.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise CopyFailed("`reumi db backup` is for SQLite files: use pg_dump for PostgreSQL, or `reumi db copy --to` an SQLite file")
    engine = open_for_reading(url)
    if Path(str(parsed.database)).resolve() == file.resolve():
        raise CopyFailed(f"{file} is the database itself: name another file")
    part = file.with_name(f".{file.name}.part")
    try:
        with engine.connect() as connection:
            source: Any = connection.connection.dbapi_connection
            _copy_pages(source, part, progress)
        _put_in_place(part, file)
    except sqlite3.Error as error:
        raise CopyFailed(str(as_storage_error(error, str(file)) or f"cannot write {file}: {error}")) from error
    except OSError as error:
        raise CopyFailed(not_written(file, error)) from error
    finally:
        with contextlib.suppress(OSError):  # a read-only disk says so even of a file that is not there
            part.unlink(missing_ok=True)
        engine.dispose()
    return file.stat().st_size


def copy(source_url: str, target_url: str, progress: Progress | None = None) -> dict[str, int]:
    """Copy every table to an empty database in one transaction; returns the rows of each. Raises CopyFailed.

    Afterwards both sides are read again and compared row by row; a difference takes the copy back.
    """
    source = open_for_reading(source_url)
    target = open_engine(target_url)
    try:
        return _copy(source, target, progress)
    finally:
        source.dispose()
        target.dispose()


def _copy(source: Engine, target: Engine, progress: Progress | None) -> dict[str, int]:
    if is_empty(target):
        upgrade(target)
    copied: dict[str, int] = {}
    with reading(source) as origin, writing(target, alone=True) as copy_:
        _require_empty(target, copy_)
        total = sum(origin.execute(select(func.count()).select_from(table)).scalar_one() for table in Base.metadata.sorted_tables)
        for table in Base.metadata.sorted_tables:
            done = sum(copied.values())
            columns = tuple(column.name for column in table.c)
            rows = _told(_rows(origin, table), done, total, progress)
            copied[table.name] = Upsert(table, columns).run(copy_, rows)
        _restart_numbers(copy_)
        for table in Base.metadata.sorted_tables:
            if _digest(origin, table) != _digest(copy_, table):
                raise CopyFailed(f"the copy of {table.name} in {place_of(target)} does not equal its source: nothing was kept")
    return copied


def _require_empty(target: Engine, connection: Connection) -> None:
    for table in Base.metadata.sorted_tables:
        if table.name == "data_revision":
            # A fresh schema already has its row; the copy brings the source's.
            connection.execute(table.delete())
        elif connection.execute(select(table.c[table.primary_key.columns.keys()[0]]).limit(1)).first() is not None:
            raise CopyFailed(f"{place_of(target)} already holds data: name an empty database")


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    keys = [_binary_order(column, connection) for column in table.primary_key]
    for row in stream(connection, select(table).order_by(*keys)):
        yield tuple(row)


def _binary_order(column: Any, connection: Connection) -> Any:
    """The order of bytes on both sides, whatever language the server sorts by."""
    is_text = column.type.python_type is str
    return column.collate("C") if is_text and connection.dialect.name == "postgresql" else column


def _told(rows: Iterator[Row], done: int, total: int, progress: Progress | None) -> Iterator[Row]:
    for row in rows:
        done += 1
        if progress is not None and done % _PAGE == 0:
            progress(done, total)
        yield row


def _digest(connection: Connection, table: Table) -> str:
    digest = hashlib.sha256()
    for row in _rows(connection, table):
        digest.update(repr([_plain(value) for value in row]).encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, "tzinfo"):
        return instant_text(value)
    if isinstance(value, list | dict):
        return dump_json(_sorted(value))
    return bytes(value) if isinstance(value, memoryview) else value


def _sorted(value: Any) -> Any:
    """JSONB keeps an order of keys of its own."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _restart_numbers(connection: Connection) -> None:
    """PostgreSQL's counters do not notice rows that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            highest = f"coalesce((SELECT max({column.name}) FROM {table.name}), 0)"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), {highest} + 1, false)"))


def _copy_pages(source: sqlite3.Connection, file: Path, progress: Progress | None) -> None:
    file.unlink(missing_ok=True)
    target = sqlite3.connect(file)
    try:

        def tell(_status: int, remaining: int, total: int) -> None:
            if progress is not None:
                progress(total - remaining, total)

        source.backup(target, pages=_PAGES_A_STEP, progress=tell)
        # The copy of a WAL database is one file; whoever opens it next turns WAL on again.
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()


def _put_in_place(part: Path, file: Path) -> None:
    """Replace `file`, and leave nothing beside it that SQLite would replay over the new one. Raises CopyFailed, OSError, sqlite3.Error."""
    sides = [file.with_name(file.name + name) for name in _SIDES]
    with _settled(file) if file.exists() and any(side.exists() for side in sides) else contextlib.nullcontext():
        for side in sides:
            side.unlink(missing_ok=True)
        part.replace(file)


@contextlib.contextmanager
def _settled(file: Path) -> Iterator[None]:
    """Brings what a killed process left beside a database into it, and keeps everybody else out meanwhile. Raises CopyFailed.

    So a kill of this process leaves the older database whole.
    """
    with contextlib.closing(sqlite3.connect(file, timeout=_LOCK_SECONDS, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise CopyFailed(f"{file} is in use: end the program that has it open, or name another file") from error
            if not any(reason in str(error) for reason in ("not a database", "malformed")):
                raise
        yield
