"""What an export holds: named, typed columns, the query behind them, and how its rows become values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, null, select

from storage.catalog import SONG_FIELDS, SongFilter, narrowed
from storage.emotion_columns import COUNT_COLUMNS, PROBABILITY_COLUMNS, to_original_order
from storage.latest_emotion import latest_emotion
from storage.models import LikeSnapshot, ListEntry, Song, SongEmotion


class Kind(StrEnum):
    """Type of a column's values: text, whole number, truth, date, aware instant, JSON list, lists of numbers."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    NAMES = "list of text"
    PEOPLE = "list of objects"
    INTEGERS = "list of integers"
    NUMBERS = "list of numbers"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of an export."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to export: `shape` turns a row of `query` into values in the order of `columns`."""

    name: str
    columns: tuple[SheetColumn, ...]
    query: Select[Any]
    shape: Callable[[Any], tuple[Any, ...]]


_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("artists", "credits"), Kind.PEOPLE),
    **dict.fromkeys(("adult", "rank_shown", "is_new"), Kind.BOOLEAN),
    **dict.fromkeys(("likes", "n_lines", "rank", "rank_change"), Kind.INTEGER),
    **dict.fromkeys(
        ("likes_at", "first_seen", "last_seen", "details_at", "delisted_at", "gone_at", "tagged_at", "observed_at"), Kind.INSTANT
    ),
    "page_genres": Kind.NAMES,
    "released": Kind.DATE,
    "emotion_counts": Kind.INTEGERS,
    "emotion_probabilities": Kind.NUMBERS,
}
_MEANINGS = {
    "emotion_counts": "lyric lines per emotion, in the order 행복 놀람 분노 공포 혐오 슬픔 중립",
    "emotion_probabilities": "mean probability of each emotion, in the order 행복 놀람 분노 공포 혐오 슬픔 중립",
    "main_emotion": "the song's main emotion",
    "model_fingerprint": "the model that gave the emotions",
    "tagged_lyrics_hash": "hash of the lyrics that the model read: another than lyrics_hash means that they have changed since",
}
_EMOTION = SongEmotion.__table__
_LABEL_FIELDS = ("main_emotion", "model_fingerprint", "tagged_at", "tagged_lyrics_hash", "n_lines")
_LABEL_COLUMNS = {"tagged_lyrics_hash": "lyrics_hash"}
ORIGINAL_COLUMNS = (
    SheetColumn("title", Kind.TEXT, "title"),
    SheetColumn("singer", Kind.TEXT, "artists' names joined by a comma and a space"),
    SheetColumn("lyrics", Kind.TEXT, "lines joined by a newline"),
    SheetColumn("img", Kind.TEXT, "cover picture"),
    SheetColumn("like", Kind.TEXT, "likes with commas, as 173,113"),
    SheetColumn("emotions", Kind.TEXT, "lyric lines per emotion, in the order 행복 슬픔 분노 공포 혐오 놀람 중립"),
    SheetColumn("category", Kind.TEXT, "the song's main emotion"),
)


def full_sheet(wanted: SongFilter, lyrics: bool) -> Sheet:
    """Everything about each song, in the order of ids."""
    facts = [name for name in SONG_FIELDS if lyrics or name != "lyrics"]
    width = len(facts) + len(_LABEL_FIELDS)
    labels = (*_LABEL_FIELDS, *COUNT_COLUMNS, *PROBABILITY_COLUMNS)

    def shape(row: Any) -> tuple[Any, ...]:
        counts, probabilities = row[width : width + len(COUNT_COLUMNS)], row[width + len(COUNT_COLUMNS) :]
        if counts[0] is None:
            return (*row[:width], None, None)
        return (*row[:width], list(counts), list(probabilities))

    query = _songs(wanted, [*(Song.__table__.c[name] for name in facts), *(_EMOTION.c[_LABEL_COLUMNS.get(name, name)] for name in labels)])
    return Sheet("songs", _columns(*facts, *_LABEL_FIELDS, "emotion_counts", "emotion_probabilities"), query, shape)


def original_sheet(wanted: SongFilter, lyrics: bool) -> Sheet:
    """The original data set's columns exactly; without lyrics their column stays, empty."""
    words = Song.lyrics if lyrics else null().label("lyrics")
    counts = [_EMOTION.c[name] for name in COUNT_COLUMNS]

    def shape(row: Any) -> tuple[Any, ...]:
        likes = f"{row[4]:,}" if row[4] is not None else None
        emotions = str(to_original_order(tuple(row[6:]))) if row[6] is not None else None
        return (*row[:4], likes, emotions, row[5])

    query = _songs(wanted, [Song.title, Song.artist, words, Song.image_url, Song.likes, _EMOTION.c.main_emotion, *counts])
    return Sheet("songs", ORIGINAL_COLUMNS, query, shape)


def likes_sheet(wanted: SongFilter) -> Sheet:
    """Every observation of likes, a row each, in the order of song and time."""
    history = LikeSnapshot.__table__
    query = select(Song.song_id, Song.title, Song.artist, history.c.observed_at, history.c.likes, history.c.run_id)
    query = query.join(history, history.c.song_id == Song.song_id)
    query = _of_wanted_songs(query, wanted).order_by(history.c.song_id, history.c.observed_at)
    return Sheet("like history", _columns("song_id", "title", "artist", "observed_at", "likes", "run_id"), query, tuple)


def ranks_sheet(wanted: SongFilter) -> Sheet:
    """Every sighting on a list, a row each, in the order of list, time and rank."""
    entry = ListEntry.__table__
    places = ("rank", "rank_shown", "rank_change", "is_new", "run_id")
    query = select(
        entry.c.list_name, entry.c.period, entry.c.observed_at, Song.song_id, Song.title, Song.artist, *(entry.c[name] for name in places)
    )
    query = query.join_from(Song, entry, entry.c.song_id == Song.song_id)
    query = _of_wanted_songs(query, wanted).order_by(entry.c.list_name, entry.c.period, entry.c.observed_at, entry.c.rank)
    return Sheet("rank history", _columns("list_name", "period", "observed_at", "song_id", "title", "artist", *places), query, tuple)


def counted(sheet: Sheet) -> Select[Any]:
    """The query for how many rows a sheet has."""
    return select(func.count()).select_from(sheet.query.order_by(None).subquery())


def _songs(wanted: SongFilter, columns: list[Any]) -> Select[Any]:
    query = select(*columns).select_from(Song.__table__.join(_EMOTION, latest_emotion(), isouter=True))
    return narrowed(query, wanted).order_by(Song.song_id)


def _of_wanted_songs(query: Select[Any], wanted: SongFilter) -> Select[Any]:
    if wanted == SongFilter():
        return query
    songs = narrowed(select(Song.song_id).join_from(Song, _EMOTION, latest_emotion(), isouter=True), wanted).order_by(Song.song_id)
    return query.where(Song.song_id.in_(select(songs.subquery().c.song_id)))


def _columns(*names: str) -> tuple[SheetColumn, ...]:
    docs = {**{column.name: column.doc or "" for table in (Song, ListEntry, LikeSnapshot) for column in table.__table__.c}, **_MEANINGS}
    return tuple(SheetColumn(name, _KINDS.get(name, Kind.TEXT), docs.get(name, "")) for name in names)
