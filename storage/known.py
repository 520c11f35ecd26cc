"""Which ids are songs of the data set."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from storage.models import Song

# Fewer than the variables that the oldest supported SQLite takes in one statement.
CHUNK = 900


def known_songs(connection: Connection, song_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are stored."""
    wanted = list(song_ids)
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        found.update(connection.scalars(select(Song.song_id).where(Song.song_id.in_(wanted[start : start + CHUNK]))))
    return found
