"""Counts over the whole data set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.latest_emotion import latest_emotion
from storage.models import LikeSnapshot, ListEntry, Song, SongEmotion


@dataclass(frozen=True, slots=True)
class Stats:
    """What the data set holds. Dicts map a display name to a number of songs, the largest first; `listings` to songs ever seen there."""

    songs: int
    genres: dict[str, int]
    emotions: dict[str, int]
    listings: dict[str, int]
    lyrics: dict[str, int]
    with_lyrics: int
    with_likes: int
    like_snapshots: int
    list_entries: int
    first_seen: datetime | None
    last_seen: datetime | None
    likes_at: datetime | None
    details_at: datetime | None
    tagged_at: datetime | None


def gather(connection: Connection) -> Stats:
    """Count everything in the caller's transaction. A song without a genre or emotion counts under an empty name."""
    emotion = SongEmotion.__table__
    songs = connection.execute(
        select(
            func.count(),
            func.count(Song.lyrics_hash),
            func.count(Song.likes),
            func.min(Song.first_seen),
            func.max(Song.last_seen),
            func.max(Song.likes_at),
            func.max(Song.details_at),
        ).select_from(Song)
    ).one()
    labels = select(emotion.c.main_emotion, func.count()).join_from(Song, emotion, latest_emotion(), isouter=True)
    return Stats(
        songs=songs[0],
        genres=_tally(connection, select(Song.genre, func.count()).group_by(Song.genre)),
        emotions=_tally(connection, labels.group_by(emotion.c.main_emotion)),
        listings=_tally(connection, select(ListEntry.list_name, func.count(ListEntry.song_id.distinct())).group_by(ListEntry.list_name)),
        lyrics=_tally(connection, select(Song.lyrics_status, func.count()).group_by(Song.lyrics_status)),
        with_lyrics=songs[1],
        with_likes=songs[2],
        like_snapshots=connection.execute(select(func.count()).select_from(LikeSnapshot)).scalar_one(),
        list_entries=connection.execute(select(func.count()).select_from(ListEntry)).scalar_one(),
        first_seen=songs[3],
        last_seen=songs[4],
        likes_at=songs[5],
        details_at=songs[6],
        tagged_at=connection.execute(select(func.max(SongEmotion.tagged_at))).scalar_one(),
    )


def _tally(connection: Connection, query: object) -> dict[str, int]:
    found = {name or "": number for name, number in connection.execute(query)}  # type: ignore[call-overload]
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
