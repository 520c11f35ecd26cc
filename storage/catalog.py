"""Reading the data set: one song, a search, a song's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, func, or_, select

from storage.emotion_columns import COUNT_COLUMNS, PROBABILITY_COLUMNS
from storage.engine import reading, stream
from storage.latest_emotion import latest_emotion
from storage.models import CrawlRun, LikeSnapshot, ListEntry, Song, SongEmotion
from storage.stats import Stats, gather

_EMOTION = SongEmotion.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class SongFilter:
    """Which songs; every given condition must hold. The default is all of them.

    `text` is looked for in title, artist, album and lyrics, without regard to case. `genre` is a display name or a code.
    `listing` is steady, popular or newest; `chart` a chart's name; both ask whether the song was ever seen there. `emotion` is a
    Korean label. `since` and `until` bound `last_seen`. `after` continues a search behind the last song id that was read.
    """

    text: str | None = None
    genre: str | None = None
    listing: str | None = None
    chart: str | None = None
    emotion: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_likes: int | None = None
    after: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class SongView:
    """A song as stored, with the labels that it was given last; counts and probabilities in class-id order, None when not tagged."""

    song_id: str
    title: str
    artist: str
    artists: list[dict[str, Any]]
    album: str | None
    album_id: str | None
    genre_code: str | None
    genre: str | None
    page_genres: list[str]
    released_text: str
    released: date | None
    image_url: str | None
    adult: bool
    lyrics_status: str
    lyrics_hash: str | None
    likes: int | None
    likes_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    details_at: datetime | None
    source: str
    delisted_at: datetime | None
    gone_at: datetime | None
    credits: list[dict[str, Any]]
    lyrics: str | None
    main_emotion: str | None
    model_fingerprint: str | None
    tagged_at: datetime | None
    n_lines: int | None
    counts: tuple[int, ...] | None
    probabilities: tuple[float, ...] | None


SONG_FIELDS = tuple(name for name in SongView.__dataclass_fields__ if name in Song.__table__.c)
_EMOTION_FIELDS = ("main_emotion", "model_fingerprint", "tagged_at", "n_lines")


@dataclass(frozen=True, slots=True)
class LikeObservation:
    """A song's likes at one instant."""

    observed_at: datetime
    likes: int
    run_id: str | None


@dataclass(frozen=True, slots=True)
class RankObservation:
    """A song's place on one list at one instant."""

    list_name: str
    period: str
    observed_at: datetime
    rank: int
    rank_shown: bool
    rank_change: int | None
    is_new: bool
    run_id: str | None


class Catalog:
    """The data set for readers. Nothing here writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def song(self, song_id: str) -> SongView | None:
        """One song, None for an unknown id."""
        with reading(self._engine) as connection:
            row = connection.execute(_songs().where(Song.song_id == song_id)).one_or_none()
        return _view(row) if row is not None else None

    def search(self, wanted: SongFilter | None = None, *, by_likes: bool = False) -> Iterator[SongView]:
        """Stream the songs that fit, in the order of ids or the best-liked first, all of one state of the database, in flat memory."""
        order = (Song.likes.desc().nulls_last(), Song.song_id) if by_likes else (Song.song_id,)
        query = narrowed(_songs(), wanted or SongFilter()).order_by(*order)
        with reading(self._engine) as connection:
            for row in stream(connection, query):
                yield _view(row)

    def count(self, wanted: SongFilter | None = None) -> int:
        """How many songs `search` would yield."""
        query = narrowed(select(Song.song_id).join_from(Song, _EMOTION, latest_emotion(), isouter=True), wanted or SongFilter())
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def like_history(self, song_id: str) -> list[LikeObservation]:
        """Every observation of a song's likes, oldest first."""
        table = LikeSnapshot.__table__
        query = select(table.c.observed_at, table.c.likes, table.c.run_id).where(table.c.song_id == song_id).order_by(table.c.observed_at)
        with reading(self._engine) as connection:
            return [LikeObservation(*row) for row in connection.execute(query)]

    def rank_history(self, song_id: str) -> list[RankObservation]:
        """Every sighting of a song on a list, oldest first."""
        table = ListEntry.__table__
        columns = [table.c[name] for name in RankObservation.__dataclass_fields__]
        query = select(*columns).where(table.c.song_id == song_id).order_by(table.c.observed_at, table.c.list_name, table.c.period)
        with reading(self._engine) as connection:
            return [RankObservation(*row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """Rows by kind: songs, with_lyrics, tagged, like_snapshots, list_entries, crawl_runs."""
        queries: dict[str, Select[Any]] = {
            "songs": select(func.count()).select_from(Song),
            "with_lyrics": select(func.count()).select_from(Song).where(Song.lyrics_hash.is_not(None)),
            "tagged": select(func.count(_EMOTION.c.song_id.distinct())),
            "like_snapshots": select(func.count()).select_from(LikeSnapshot),
            "list_entries": select(func.count()).select_from(ListEntry),
            "crawl_runs": select(func.count()).select_from(CrawlRun),
        }
        with reading(self._engine) as connection:
            return {name: connection.execute(query).scalar_one() for name, query in queries.items()}

    def stats(self) -> Stats:
        """What the data set holds, by genre, emotion and list."""
        with reading(self._engine) as connection:
            return gather(connection)


def narrowed(query: Select[Any], wanted: SongFilter) -> Select[Any]:
    """A query over `songs` joined to their latest emotions, with the filter's conditions."""
    conditions: list[Any] = []
    if wanted.text is not None:
        conditions.append(
            or_(*(column.icontains(wanted.text, autoescape=True) for column in (Song.title, Song.artist, Song.album, Song.lyrics)))
        )
    if wanted.genre is not None:
        conditions.append(or_(Song.genre == wanted.genre, Song.genre_code == wanted.genre))
    if wanted.listing is not None:
        conditions.append(_ever_on(f"genre/%/{wanted.listing}"))
    if wanted.chart is not None:
        conditions.append(_ever_on(f"chart/{wanted.chart}/%"))
    if wanted.emotion is not None:
        conditions.append(_EMOTION.c.main_emotion == wanted.emotion)
    if wanted.after is not None:
        conditions.append(Song.song_id > wanted.after)
    bounds = ((Song.last_seen, "__ge__", wanted.since), (Song.last_seen, "__le__", wanted.until), (Song.likes, "__ge__", wanted.min_likes))
    conditions += [getattr(column, operator)(value) for column, operator, value in bounds if value is not None]
    return query.where(and_(True, *conditions)).limit(wanted.limit)


def _ever_on(pattern: str) -> Any:
    return Song.song_id.in_(select(ListEntry.song_id).where(ListEntry.list_name.like(pattern)))


def _songs() -> Select[Any]:
    facts = [getattr(Song, name) for name in SONG_FIELDS]
    labels = [_EMOTION.c[name] for name in (*_EMOTION_FIELDS, *COUNT_COLUMNS, *PROBABILITY_COLUMNS)]
    return select(*facts, *labels).join_from(Song, _EMOTION, latest_emotion(), isouter=True)


def _view(row: Any) -> SongView:
    values: list[Any] = [*row]
    labels = values[-2 * len(COUNT_COLUMNS) :]
    values[-len(labels) :] = (None, None) if labels[0] is None else (tuple(labels[:7]), tuple(labels[7:]))
    return SongView(*values)
