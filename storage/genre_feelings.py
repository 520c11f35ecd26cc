"""What each genre sings of: songs and mean emotions per genre, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from storage.emotion_columns import PROBABILITY_COLUMNS
from storage.engine import reading
from storage.latest_emotion import latest_emotion
from storage.models import Song, SongEmotion


@dataclass(frozen=True, slots=True)
class GenreFeeling:
    """The tagged songs of one genre that share a main emotion.

    `probabilities` (7,) in class-id order is the mean over these songs; an empty `genre` stands for songs without one.
    """

    genre: str
    emotion: str
    songs: int
    probabilities: tuple[float, ...]


def genre_feelings(engine: Engine) -> list[GenreFeeling]:
    """One row for each genre and main emotion that occur together, by genre, the commonest emotion first."""
    label = SongEmotion.__table__
    means = [func.avg(label.c[name]) for name in PROBABILITY_COLUMNS]
    query = (
        select(Song.genre, label.c.main_emotion, func.count(), *means)
        .join_from(Song, label, latest_emotion())
        .where(label.c.main_emotion.is_not(None))
        .group_by(Song.genre, label.c.main_emotion)
    )
    with reading(engine) as connection:
        rows = [GenreFeeling(row[0] or "", row[1], row[2], tuple(float(mean) for mean in row[3:])) for row in connection.execute(query)]
    return sorted(rows, key=lambda row: (row.genre, -row.songs, row.emotion))
