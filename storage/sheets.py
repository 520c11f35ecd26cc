"""What an export holds: named, typed columns, where each comes from, and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, select

from storage.catalog import SONG_FIELDS, SongFilter, narrowed
from storage.emotion_columns import COUNT_COLUMNS, ORIGINAL_ORDER, PROBABILITY_COLUMNS
from storage.latest_emotion import latest_emotion
from storage.models import LikeSnapshot, ListEntry, Song, SongEmotion


class Kind(StrEnum):
    """Type of a column's values."""

    TEXT = "text"
    PLAIN = "text without quotes, commas or line ends"
    INTEGER = "integer"
    COMMAS = "integer with commas"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant, UTC"
    NAMES = "list of text"
    PEOPLE = "list of objects"
    INTEGERS = "list of integers"
    NUMBERS = "list of numbers"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of an export: one column of the database, or several for a list of numbers (null where the first is null)."""

    name: str
    kind: Kind
    meaning: str
    sources: tuple[ColumnElement[Any], ...]

    def value(self, cells: Sequence[Any]) -> Any:
        """What stands in the column, from the values of its sources."""
        if self.kind is Kind.COMMAS:
            return f"{cells[0]:,}" if cells[0] is not None else None
        if self.kind not in (Kind.INTEGERS, Kind.NUMBERS):
            return cells[0]
        return list(cells) if cells[0] is not None else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to export: the columns, and `among`, which makes a query of any columns one over the sheet's rows in their order."""

    name: str
    columns: tuple[SheetColumn, ...]
    among: Callable[[Select[Any]], Select[Any]]

    def query(self) -> Select[Any]:
        """The sources of all columns, one after another."""
        return self.among(select(*(source for column in self.columns for source in column.sources)))

    def count(self) -> Select[Any]:
        """How many rows there are."""
        return select(func.count()).select_from(self.among(select(Song.song_id)).order_by(None).subquery())

    def values(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A row of `query` as one value a column."""
        values, place = [], 0
        for column in self.columns:
            width = len(column.sources)
            values.append(column.value(row[place : place + width]))
            place += width
        return tuple(values)


_SONG, _ENTRY, _LIKES, _EMOTION = (model.__table__ for model in (Song, ListEntry, LikeSnapshot, SongEmotion))
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("artists", "credits"), Kind.PEOPLE),
    **dict.fromkeys(("adult", "rank_shown", "is_new"), Kind.BOOLEAN),
    **dict.fromkeys(("likes", "n_lines", "rank", "rank_change"), Kind.INTEGER),
    **dict.fromkeys(
        ("likes_at", "first_seen", "last_seen", "details_at", "delisted_at", "gone_at", "tagged_at", "observed_at"), Kind.INSTANT
    ),
    **dict.fromkeys(("genre_code", "lyrics_status", "lyrics_hash", "source", "tagged_lyrics_hash", "main_emotion"), Kind.PLAIN),
    "song_id": Kind.TEXT,  # quoted, so that a spreadsheet can be told that it is no number
    "page_genres": Kind.NAMES,
    "released": Kind.DATE,
}
_MEANINGS = {
    "main_emotion": "the song's main emotion",
    "model_fingerprint": "the model that gave the emotions, and its rules",
    "tagged_lyrics_hash": "hash of the lyrics that the model read: another than lyrics_hash means that they have changed since",
}
_IN_ORDER = "in the order 행복 놀람 분노 공포 혐오 슬픔 중립"
_COUNTS = tuple(_EMOTION.c[name] for name in COUNT_COLUMNS)
_LABELS = (
    *((name, _EMOTION.c[name]) for name in ("main_emotion", "model_fingerprint", "tagged_at")),
    ("tagged_lyrics_hash", _EMOTION.c.lyrics_hash),
    ("n_lines", _EMOTION.c.n_lines),
)


def full_sheet(wanted: SongFilter, lyrics: bool) -> Sheet:
    """Everything about each song, in the order of ids."""
    facts = [_column(name, _SONG.c[name]) for name in SONG_FIELDS if lyrics or name != "lyrics"]
    lists = (
        SheetColumn("emotion_counts", Kind.INTEGERS, f"lyric lines per emotion, {_IN_ORDER}", _COUNTS),
        SheetColumn(
            "emotion_probabilities",
            Kind.NUMBERS,
            f"mean probability of each emotion, {_IN_ORDER}",
            tuple(_EMOTION.c[name] for name in PROBABILITY_COLUMNS),
        ),
    )
    return Sheet("songs", (*facts, *(_column(name, source) for name, source in _LABELS), *lists), _songs(wanted))


def original_sheet(wanted: SongFilter, lyrics: bool) -> Sheet:
    """The original data set's columns exactly; without lyrics their column stays, empty."""
    emotions = tuple(_COUNTS[place] for place in ORIGINAL_ORDER)
    columns = (
        SheetColumn("title", Kind.TEXT, "title", (_SONG.c.title,)),
        SheetColumn("singer", Kind.TEXT, "artists' names joined by a comma and a space", (_SONG.c.artist,)),
        SheetColumn("lyrics", Kind.TEXT, "lines joined by a newline", (_SONG.c.lyrics if lyrics else null(),)),
        SheetColumn("img", Kind.TEXT, "cover picture", (_SONG.c.image_url,)),
        SheetColumn("like", Kind.COMMAS, "likes, as 173,113", (_SONG.c.likes,)),
        SheetColumn("emotions", Kind.INTEGERS, "lyric lines per emotion, in the order 행복 슬픔 분노 공포 혐오 놀람 중립", emotions),
        SheetColumn("category", Kind.PLAIN, "the song's main emotion", (_EMOTION.c.main_emotion,)),
    )
    return Sheet("songs", columns, _songs(wanted))


def likes_sheet(wanted: SongFilter) -> Sheet:
    """Every observation of likes, a row each, in the order of song and time."""

    def among(query: Select[Any]) -> Select[Any]:
        joined = query.select_from(_SONG.join(_LIKES, _LIKES.c.song_id == _SONG.c.song_id))
        return _of_wanted_songs(joined, wanted).order_by(_LIKES.c.song_id, _LIKES.c.observed_at)

    columns = [_column(name, _SONG.c[name]) for name in ("song_id", "title", "artist")]
    columns += [_column(name, _LIKES.c[name]) for name in ("observed_at", "likes", "run_id")]
    return Sheet("like history", tuple(columns), among)


def ranks_sheet(wanted: SongFilter) -> Sheet:
    """Every sighting on a list, a row each, in the order of list, time and rank."""

    def among(query: Select[Any]) -> Select[Any]:
        joined = query.select_from(_SONG.join(_ENTRY, _ENTRY.c.song_id == _SONG.c.song_id))
        return _of_wanted_songs(joined, wanted).order_by(_ENTRY.c.list_name, _ENTRY.c.period, _ENTRY.c.observed_at, _ENTRY.c.rank)

    columns = [_column(name, _ENTRY.c[name]) for name in ("list_name", "period", "observed_at")]
    columns += [_column(name, _SONG.c[name]) for name in ("song_id", "title", "artist")]
    columns += [_column(name, _ENTRY.c[name]) for name in ("rank", "rank_shown", "rank_change", "is_new", "run_id")]
    return Sheet("rank history", tuple(columns), among)


def _songs(wanted: SongFilter) -> Callable[[Select[Any]], Select[Any]]:
    def among(query: Select[Any]) -> Select[Any]:
        joined = query.select_from(_SONG.join(_EMOTION, latest_emotion(), isouter=True))
        return narrowed(joined, wanted).order_by(_SONG.c.song_id)

    return among


def _of_wanted_songs(query: Select[Any], wanted: SongFilter) -> Select[Any]:
    if wanted == SongFilter():
        return query
    songs = _songs(wanted)(select(_SONG.c.song_id)).subquery()
    return query.where(_SONG.c.song_id.in_(select(songs.c.song_id)))


def _column(name: str, source: Any) -> SheetColumn:
    return SheetColumn(name, _KINDS.get(name, Kind.TEXT), _MEANINGS.get(name) or getattr(source, "doc", None) or "", (source,))
