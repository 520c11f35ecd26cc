"""What the recommender's index is built from: every song with what one model read in it, and a token that tells when to rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, and_, or_, select

from storage.emotion_columns import COUNT_COLUMNS, PROBABILITY_COLUMNS
from storage.engine import reading, stream
from storage.latest_emotion import latest_emotion
from storage.models import DataRevision, Song, SongEmotion


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A song as the index takes it; counts and probabilities are seven each in class-id order, None for a song not tagged."""

    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    genre_code: str | None
    image_url: str | None
    likes: int | None
    released: date | None
    last_seen: datetime
    lyrics: str | None
    main_emotion: str | None
    counts: tuple[int, ...] | None
    probabilities: tuple[float, ...] | None


def data_version(engine: Engine) -> str:
    """A short token, different after every change of songs or emotions and in every data set. One row is read."""
    with reading(engine) as connection:
        row = connection.execute(select(DataRevision.data_set, DataRevision.revision)).one()
    return f"{row.data_set}-{row.revision}"


def index_rows(engine: Engine, fingerprint: str | None, since: datetime | None = None) -> Iterator[IndexRow]:
    """Stream every song in the order of ids with the emotions that model `fingerprint` read, None for each song's latest.

    `since` leaves out songs whose row and emotions have not been written since that instant. All rows are of one state.
    """
    emotion = SongEmotion.__table__
    with_emotion = (
        latest_emotion() if fingerprint is None else and_(emotion.c.song_id == Song.song_id, emotion.c.model_fingerprint == fingerprint)
    )
    names = [name for name in IndexRow.__dataclass_fields__ if name not in {"main_emotion", "counts", "probabilities"}]
    columns = [getattr(Song, name) for name in names]
    emotions = [emotion.c.main_emotion, *(emotion.c[name] for name in (*COUNT_COLUMNS, *PROBABILITY_COLUMNS))]
    query = select(*columns, *emotions).join_from(Song, emotion, with_emotion, isouter=True).order_by(Song.song_id)
    if since is not None:
        query = query.where(or_(Song.updated_at >= since, emotion.c.tagged_at >= since))
    with reading(engine) as connection:
        for row in stream(connection, query):
            labels = row[len(names) + 1 :]
            both = (None, None) if labels[0] is None else (labels[:7], labels[7:])
            values: list[Any] = [*row[: len(names) + 1], *both]
            yield IndexRow(*values)
