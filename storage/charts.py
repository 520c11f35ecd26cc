"""Charts as they stood when they were last read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Row, select

from storage.engine import reading
from storage.latest_emotion import latest_emotion
from storage.models import ListEntry, Song, SongEmotion

ALL_GENRES = "GN0000"


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A song's place on a chart. `rank_change` is positive for a climb; None where the page showed none."""

    rank: int
    rank_change: int | None
    is_new: bool
    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    image_url: str | None
    likes: int | None
    main_emotion: str | None


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart at one reading: what it covered (`period`, in the site's own notation), when it was read, its rows by rank."""

    chart: str
    class_code: str
    period: str
    observed_at: datetime
    rows: tuple[ChartRow, ...]


def latest_chart(engine: Engine, chart: str, class_code: str = ALL_GENRES, limit: int = 100) -> ChartView | None:
    """The first `limit` rows of a chart (`top100`, `hot100`, `day`, `week`, `month`) as last read; None when it never was."""
    name = f"chart/{chart}/{class_code}"
    with reading(engine) as connection:
        latest = _latest(connection, name)
        if latest is None:
            return None
        rows = connection.execute(
            select(
                ListEntry.rank,
                ListEntry.rank_change,
                ListEntry.is_new,
                Song.song_id,
                Song.title,
                Song.artist,
                Song.album,
                Song.genre,
                Song.image_url,
                Song.likes,
                SongEmotion.main_emotion,
            )
            .join_from(ListEntry, Song, ListEntry.song_id == Song.song_id)
            .join(SongEmotion.__table__, latest_emotion(), isouter=True)
            .where(ListEntry.list_name == name, ListEntry.period == latest.period, ListEntry.observed_at == latest.observed_at)
            .order_by(ListEntry.rank, Song.song_id)
            .limit(limit)
        )
        return ChartView(chart, class_code, latest.period, latest.observed_at, tuple(ChartRow(*row) for row in rows))


def _latest(connection: Connection, name: str) -> Row[str, datetime] | None:
    query = select(ListEntry.period, ListEntry.observed_at).where(ListEntry.list_name == name)
    return connection.execute(query.order_by(ListEntry.observed_at.desc(), ListEntry.period.desc()).limit(1)).one_or_none()
