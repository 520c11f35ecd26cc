"""The counter that tells whether songs or emotions have changed."""

from __future__ import annotations

from sqlalchemy import Connection, update

from storage.models import DataRevision


def move_on(connection: Connection) -> None:
    """Count one change; call it last in a transaction, since PostgreSQL holds the row for all others until the commit."""
    connection.execute(update(DataRevision).values(revision=DataRevision.revision + 1))
