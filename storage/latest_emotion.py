"""Which of several models' labels counts for a song: the one given last."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from storage.models import Song, SongEmotion


def latest_emotion() -> ColumnElement[bool]:
    """The condition of a join from `songs` to `song_emotions` that finds at most one row a song."""
    chosen = SongEmotion.__table__
    other = SongEmotion.__table__.alias("other_emotion")
    later = or_(
        other.c.tagged_at > chosen.c.tagged_at,
        and_(other.c.tagged_at == chosen.c.tagged_at, other.c.model_fingerprint > chosen.c.model_fingerprint),
    )
    return and_(chosen.c.song_id == Song.song_id, ~exists().where(other.c.song_id == chosen.c.song_id, later))
