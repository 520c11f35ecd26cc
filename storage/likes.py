"""The history of likes: what a crawl's answers add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, update

from storage.known import chunks
from storage.models import LikeSnapshot, Song
from storage.upsert import Upsert

_SNAPSHOTS: Any = LikeSnapshot.__table__
APPEND_LIKES = Upsert(_SNAPSHOTS, ("song_id", "observed_at", "likes", "run_id"), append=True)


def observe_likes(
    connection: Connection, likes: Mapping[str, int | None], observed_at: datetime, run_id: str | None, now: datetime
) -> None:
    """Append what was answered for stored songs, and move their latest count on where this observation is the newest.

    A song that stands on several lists is answered for several times in one run: what only repeats the run's own observation
    before or after it is no news, and neither appended nor a newer count.
    """
    answered = {song_id: number for song_id, number in sorted(likes.items()) if number is not None}
    known = _held(connection, list(answered))
    repeated = _repeated(connection, {song_id: answered[song_id] for song_id in known}, observed_at, run_id)
    rows = [(song_id, observed_at, number, run_id) for song_id, number in answered.items() if song_id in known - repeated]
    if not rows:
        return
    songs: Any = Song.__table__
    connection.execute(
        update(songs)
        .where(songs.c.song_id == bindparam("of"), songs.c.likes_at.is_(None) | (songs.c.likes_at <= bindparam("at")))
        .values(likes=bindparam("number"), likes_at=bindparam("at"), updated_at=bindparam("written_at")),
        [{"of": song_id, "at": seen, "number": number, "written_at": now} for song_id, seen, number, _ in rows],
    )
    APPEND_LIKES.run(connection, rows)


def _held(connection: Connection, song_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are stored, locked until the commit on PostgreSQL: two crawlers of one run then see each other's answers."""
    found: set[str] = set()
    for chunk in chunks(song_ids):
        query = select(Song.song_id).where(Song.song_id.in_(chunk)).order_by(Song.song_id)
        found.update(connection.scalars(query.with_for_update(key_share=True)))
    return found


def _repeated(connection: Connection, likes: Mapping[str, int], observed_at: datetime, run_id: str | None) -> set[str]:
    """Those songs whose observation next to this one, before or after, is of the same run and has the same number."""
    if run_id is None:
        return set()
    seen: Any = _SNAPSHOTS.alias("seen")
    other: Any = _SNAPSHOTS.alias("other")
    nearest = (
        select(func.max(other.c.observed_at)).where(other.c.song_id == Song.song_id, other.c.observed_at <= observed_at),
        select(func.min(other.c.observed_at)).where(other.c.song_id == Song.song_id, other.c.observed_at >= observed_at),
    )
    found: set[str] = set()
    for chunk in chunks(list(likes)):
        for moment in nearest:
            joined = and_(seen.c.song_id == Song.song_id, seen.c.observed_at == moment.correlate(Song).scalar_subquery())
            query = (
                select(seen.c.song_id, seen.c.likes).join_from(Song, seen, joined).where(Song.song_id.in_(chunk), seen.c.run_id == run_id)
            )
            found.update(song_id for song_id, number in connection.execute(query) if number == likes[song_id])
    return found
