"""Reads the data set's token without SQLAlchemy, so that a recommendation from a fresh index starts in a tenth of a second."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_QUERY = "SELECT data_set || '-' || revision FROM data_revision"


def token_of(url: str) -> str | None:
    """The same token as `storage.snapshot.data_version`; None where it cannot be read (no file, no table, no driver)."""
    if url.startswith("sqlite"):
        return _of_file(Path(url.partition("///")[2].partition("?")[0]))
    return _of_server(url)


def _of_file(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
    except sqlite3.Error:
        return None
    try:
        row = connection.execute(_QUERY).fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return str(row[0]) if row else None


def _of_server(url: str) -> str | None:
    try:
        import psycopg
    except ImportError:
        return None
    scheme, _, rest = url.partition("://")
    try:
        with psycopg.connect(f"{scheme.partition('+')[0]}://{rest}", connect_timeout=5) as connection:
            row = connection.execute(_QUERY).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row else None
