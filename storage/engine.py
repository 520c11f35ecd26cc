"""Opens a database so that it is safe to share: pragmas, write transactions that wait their turn, errors that people can read."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from storage.errors import CannotOpen, NoDataSet, StorageError
from storage.faults import as_storage_error
from storage.place import as_url, sqlite_file
from storage.types import dump_json

PAGE_SIZE = 16384
BUSY_SECONDS = 60
# Any number: it only has to be the same in every process that writes to one PostgreSQL database.
WRITE_LOCK = 7_283_110


def open_engine(url: str, *, create: bool = True) -> Engine:
    """Open `sqlite:///file` or `postgresql+psycopg://…` and prove that it answers.

    `create=False` never makes a file: an absent one raises NoDataSet. Raises CannotOpen for anything else that is wrong
    with the URL, the driver, the password, the folder or the file; the password is never shown.
    """
    parsed = parse_url(url)
    try:
        engine = _sqlite(parsed, create) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    except (ValueError, TypeError) as error:
        raise CannotOpen(f"cannot open the database {place_of_url(parsed)}: an option of its URL has no such value ({error})") from error
    event.listen(engine, "handle_error", _explain)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1" if engine.name != "sqlite" else "PRAGMA schema_version").scalar()
    except StorageError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise CannotOpen(f"cannot open the database {place_of(engine)}: {_first_line(error)}") from error
    return engine


def parse_url(url: str) -> URL:
    """The URL, checked to be one of the two kinds. Raises CannotOpen."""
    try:
        parsed = make_url(as_url(url))
        backend = parsed.get_backend_name()
        if backend != "sqlite":
            url.encode("utf-8")  # a path may hold any bytes, but the driver of a server fails at those that are no text
            if "\0" in unquote(url):  # and, being written in C, it reads no further than to a NUL
                raise ValueError
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise CannotOpen("the database URL cannot be read: write sqlite:///reumi.db or postgresql+psycopg://user@host/name") from None
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise CannotOpen(
            f"databases of the kind {backend} are not supported: write sqlite:///reumi.db or postgresql+psycopg://user@host/name"
        )
    if parsed.host:
        raise CannotOpen(f"an SQLite URL names no host, {parsed.host!r} stands where one would: write three slashes, sqlite:///reumi.db")
    # The library's releases differ in whether they decode %20 in a path; what the rest of ReUmi takes for the file must be what is opened.
    file = sqlite_file(url)
    return parsed.set(database=str(file)) if file is not None else parsed


def place_of(engine: Engine) -> str:
    """The database's name for people: a file path, or a URL without its password."""
    return place_of_url(engine.url)


def place_of_url(url: URL) -> str:
    """The same for a URL."""
    if url.get_backend_name() == "sqlite":
        place = url.database or ":memory:"
        return unquote(place.removeprefix("file://")) if place.startswith("file://") else place
    return url.set(password=None).render_as_string().replace(":***@", "@")


@contextmanager
def writing(engine: Engine, *, alone: bool = False) -> Iterator[Connection]:
    """A transaction that will write: commits at the end, rolls back on an error.

    With `alone` no other of ReUmi's writes happens on PostgreSQL meanwhile: a long one that touches songs in an order of its own
    would sooner or later deadlock with others. (SQLite has one writer at any time.)

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and writes later would be
    refused, without waiting, whenever another process has written in between.
    """
    with engine.execution_options(reumi_write=True).begin() as connection:
        if engine.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({WRITE_LOCK})")
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state of the database throughout."""
    options = {} if engine.name == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.execution_options(**options).connect() as connection:
        yield connection


def stream(connection: Connection, query: Executable, page: int = 1000) -> Generator[Row[Any], None, None]:
    """The rows of a query, `page` at a time; close the generator before the connection when not reading to the end."""
    with connection.execution_options(yield_per=page).execute(query) as rows:
        yield from rows


def _sqlite(url: URL, create: bool) -> Engine:
    if url.database and url.database != ":memory:":
        _check_file(Path(url.database), create)
    if not create and url.database:
        url = _read_only_where_it_must(url, Path(url.database))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, json_serializer=dump_json)
    event.listen(engine, "connect", _prepare if create else _prepare_reader)
    event.listen(engine, "begin", _begin)
    return engine


def _read_only_where_it_must(url: URL, file: Path) -> URL:
    """On a read-only disk even a reader could not make WAL's side files: open the file as one that never changes.

    Not so when changes wait in a WAL file, which such a reader would not see.
    """
    waiting = Path(f"{file}-wal")
    if os.access(file.parent, os.W_OK) or (waiting.exists() and waiting.stat().st_size):
        return url
    return url.set(database=f"{file.resolve().as_uri()}", query={"mode": "ro", "immutable": "1", "uri": "true"})


def _check_file(path: Path, create: bool) -> None:
    try:
        _look_at(path, create)
    except OSError as error:  # a name that is too long, a folder that this user may not look into
        raise CannotOpen(f"cannot open the database {path}: {(error.strerror or str(error)).lower()}, name another place") from error


def _look_at(path: Path, create: bool) -> None:
    if path.is_dir():
        raise CannotOpen(f"cannot open the database {path}: it is a folder, name a file")
    if path.exists():
        if not os.access(path, os.R_OK):
            raise CannotOpen(f"cannot open the database {path}: this user may not read it")
        return
    if not create:
        raise NoDataSet(str(path))
    if not path.parent.is_dir():
        raise CannotOpen(f"cannot create the database {path}: the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise CannotOpen(f"cannot create the database {path}: the folder {path.parent.resolve()} is read-only, choose another with --db")


def _prepare_reader(dbapi_connection: sqlite3.Connection, _record: Any) -> None:
    # SQLAlchemy's begin event says when a transaction starts; the driver must not start others on its own.
    dbapi_connection.isolation_level = None
    dbapi_connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    dbapi_connection.execute("PRAGMA foreign_keys=ON")
    dbapi_connection.execute("PRAGMA synchronous=FULL")


def _prepare(dbapi_connection: sqlite3.Connection, record: Any) -> None:
    _prepare_reader(dbapi_connection, record)
    # Only a file without any page yet takes the page size, and it must come before WAL.
    dbapi_connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
    _use_wal(dbapi_connection)


def _use_wal(dbapi_connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait when another process is switching too, so wait here."""
    give_up_at = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            dbapi_connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("reumi_write") else "BEGIN")


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, json_serializer=dump_json, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError:
        raise CannotOpen("PostgreSQL needs its driver: pip install 'reumi[postgres]'") from None


def _explain(context: ExceptionContext) -> None:
    """Turn the driver's errors that have a cause outside the program into the storage's own."""
    if context.engine is not None:
        explained = as_storage_error(context.original_exception, place_of(context.engine))
        if explained is not None:
            raise explained from context.original_exception


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]
