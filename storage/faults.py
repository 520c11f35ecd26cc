"""What a database driver's error means to a person: one sentence with the cure, or None where it is the program's own fault."""

from __future__ import annotations

import sqlite3

from storage.errors import Busy, CannotOpen, CannotWrite, StorageError

# Part of SQLite's message → (error, rest of the sentence).
_SQLITE: tuple[tuple[str, type[StorageError], str], ...] = (
    ("file is not a database", CannotOpen, "is not an SQLite database: name another file"),
    ("malformed", CannotOpen, "is damaged: restore it from a backup made by `reumi db backup`"),
    ("unable to open database file", CannotOpen, "cannot be opened: check that its folder exists and may be written to"),
    ("database or disk is full", CannotWrite, "cannot be written, the disk is full: free some space and run the command again"),
    (
        "readonly database",
        CannotWrite,
        "cannot be written, it or its folder is read-only: change its permissions or name another with --db",
    ),
    ("disk I/O error", CannotWrite, "cannot be written, the disk reports an error: check the disk and run the command again"),
    ("database is locked", Busy, "stayed locked by another process: wait for that to end and run the command again"),
)

_POSTGRESQL: tuple[tuple[str, type[StorageError], str], ...] = (
    ("password authentication failed", CannotOpen, "refused the user name or password: correct the URL"),
    ("no password supplied", CannotOpen, "wants a password: put it in the URL or in ~/.pgpass"),
    ("does not exist", CannotOpen, "was not found: create the database and its user, or correct the URL"),
    ("could not translate host name", CannotOpen, "is on a host that cannot be found: correct the URL"),
    ("failed to resolve host", CannotOpen, "is on a host that cannot be found: correct the URL"),
    ("Connection refused", CannotOpen, "does not answer: start the server or correct host and port in the URL"),
    ("connection timeout expired", CannotOpen, "did not answer in time: check the server and the URL"),
    ("No such file or directory", CannotOpen, "does not answer: start the server or correct the socket folder in the URL"),
    ("No space left on device", CannotWrite, "cannot be written, the server's disk is full: free some space and run the command again"),
    ("server closed the connection", CannotWrite, "closed the connection: check the server and run the command again"),
    ("connection is lost", CannotWrite, "closed the connection: check the server and run the command again"),
    ("terminating connection", CannotWrite, "closed the connection: check the server and run the command again"),
)


def as_storage_error(error: BaseException | None, place: str) -> StorageError | None:
    """The sentence for a driver's error, None where there is none."""
    if error is None or isinstance(error, StorageError):
        return None
    if isinstance(error, sqlite3.Error):
        return _match(str(error), _SQLITE, place)
    # By name, since the driver may not be installed; other kinds of its errors are the program's own fault.
    if any(kind.__module__.startswith("psycopg") and kind.__name__ == "OperationalError" for kind in type(error).__mro__):
        return _match(str(error), _POSTGRESQL, place)
    return None


def _match(message: str, table: tuple[tuple[str, type[StorageError], str], ...], place: str) -> StorageError | None:
    for part, kind, sentence in table:
        if part in message:
            return kind(f"the database {place} {sentence}")
    return None
