"""Which ids are songs of the data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from storage.models import Song

# Fewer than the variables that the oldest supported SQLite takes in one statement.
CHUNK = 900


def known_songs(connection: Connection, song_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are stored."""
    found: set[str] = set()
    for chunk in chunks(list(song_ids)):
        found.update(connection.scalars(select(Song.song_id).where(Song.song_id.in_(chunk))))
    return found


def chunks(song_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in parts that fit into one statement."""
    return (song_ids[start : start + CHUNK] for start in range(0, len(song_ids), CHUNK))
