"""What a crawl's records become in the `songs` table, and how a newer observation merges with what is stored.

A list row knows a song's name, album and picture; only its page knows lyrics, release and credits. An observation that is
older than the stored one (a replayed page) never overrides it, but still moves `first_seen` back.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, null
from sqlalchemy.sql.expression import ColumnClause

from scraper.errors import BadRequest
from scraper.records import Artist, ListedSong, ListKey, SongDetail
from scraper.site import genre as site_genre
from storage.models import Song
from storage.types import Row, checked
from storage.upsert import Excluded, Merge, Upsert

UNREAD = "unread"

LISTED_COLUMNS = (
    *("song_id", "title", "artist", "artists", "album", "album_id", "genre_code", "genre", "genre_source", "page_genres", "released_text"),
    *("image_url", "adult", "lyrics_status", "first_seen", "last_seen", "updated_at", "source", "delisted_at", "credits"),
)
DETAIL_COLUMNS = (
    *("song_id", "title", "artist", "artists", "album", "album_id", "genre_code", "genre", "genre_source", "page_genres", "released_text"),
    *("released", "image_url", "adult", "lyrics_status", "lyrics_hash", "first_seen", "last_seen", "details_at", "updated_at", "source"),
    *("gone_at", "credits", "lyrics"),
)


def listed_row(song: ListedSong, key: ListKey, observed_at: datetime, now: datetime) -> Row:
    """A list's row as a row of LISTED_COLUMNS."""
    code, genre = genre_of_list(key)
    names = display_artist(song.artists)
    return (
        *(song.song_id, checked(song.title, f"the title of song {song.song_id}"), checked(names, f"the artist of song {song.song_id}")),
        *(artists_json(song.artists), song.album, song.album_id, code, genre, "list" if genre else None, [], ""),
        *(song.image_url, song.adult, UNREAD, observed_at, observed_at, now, "crawl", None if song.available else observed_at, []),
    )


def detail_row(song: SongDetail, observed_at: datetime, now: datetime) -> Row:
    """A song's page as a row of DETAIL_COLUMNS."""
    where = f"song {song.song_id}"
    code, genre = genre_of_page(song.genres)
    credits = [{"name": credit.name, "role": credit.role, "artist_id": credit.artist_id} for credit in song.credits]
    lyrics = checked(song.lyrics, f"the lyrics of {where}") if song.lyrics is not None else None
    return (
        *(song.song_id, checked(song.title, f"the title of {where}"), checked(display_artist(song.artists), f"the artist of {where}")),
        *(artists_json(song.artists), song.album, song.album_id, code, genre, "page" if genre else None, list(song.genres)),
        *(song.released_text, song.released, song.image_url, song.adult, str(song.lyrics_status), lyrics_hash(lyrics)),
        *(observed_at, observed_at, observed_at, now, "crawl", None, credits, lyrics),
    )


def display_artist(artists: Sequence[Artist]) -> str:
    """The names as people write them."""
    return ", ".join(artist.name for artist in artists)


def artists_json(artists: Sequence[Artist]) -> list[dict[str, str | None]]:
    """The artists as stored."""
    return [{"name": artist.name, "artist_id": artist.artist_id} for artist in artists]


def lyrics_hash(lyrics: str | None) -> str | None:
    """SHA-256 (hex) of the NFC lyrics, None for none: equal for texts that look equal."""
    return hashlib.sha256(unicodedata.normalize("NFC", lyrics).encode()).hexdigest() if lyrics is not None else None


def genre_of_list(key: ListKey) -> tuple[str | None, str | None]:
    """Code and display name of a genre list; a chart tells no genre."""
    return (key.genre_code, _genre_name(key.genre_code)) if key.genre_code is not None else (None, None)


def genre_of_page(names: Sequence[str]) -> tuple[str | None, str | None]:
    """Code and display name of the first of a page's genres that the site has as a list; else the first name, without a code."""
    for name in names:
        try:
            known = site_genre(name)
        except BadRequest:
            continue
        return known.code, known.name
    return (None, names[0]) if names else (None, None)


def _genre_name(code: str) -> str:
    try:
        return site_genre(code).name
    except BadRequest:
        return code


def _is_newer(stored: Any, new: Excluded) -> ColumnElement[bool]:
    result: ColumnElement[bool] = new.last_seen >= stored.last_seen
    return result


def _page_is_newer(stored: Any, new: Excluded) -> ColumnElement[bool]:
    result: ColumnElement[bool] = stored.details_at.is_(None) | (new.details_at >= stored.details_at)
    return result


def _latest(name: str) -> Merge:
    return lambda stored, new: case((_is_newer(stored, new), new[name]), else_=stored[name])


def _latest_known(name: str) -> Merge:
    """As `_latest`, but an unknown value does not wipe out a known one."""
    return lambda stored, new: case(
        (_is_newer(stored, new), func.coalesce(new[name], stored[name])), else_=func.coalesce(stored[name], new[name])
    )


def _from_page(name: str) -> Merge:
    return lambda stored, new: case((_page_is_newer(stored, new), new[name]), else_=stored[name])


def _earliest(name: str) -> Merge:
    return lambda stored, new: case((new[name] < stored[name], new[name]), else_=stored[name])


def _later(name: str) -> Merge:
    return lambda stored, new: case((stored[name].is_(None) | (new[name] > stored[name]), new[name]), else_=stored[name])


def _genre(name: str) -> Merge:
    """The list where the song was first found has the last word; else what the page says."""
    listed: ColumnClause[str] = literal_column("'list'")
    return lambda stored, new: case(
        (stored.genre_source == listed, stored[name]), (new.genre_source.is_(None), stored[name]), else_=new[name]
    )


def _delisted(stored: Any, new: Excluded) -> ColumnElement[Any]:
    since = case((new.delisted_at.is_(None), null()), else_=func.coalesce(stored.delisted_at, new.delisted_at))
    return case((_is_newer(stored, new), since), else_=stored.delisted_at)


def _gone_at(stored: Any, new: Excluded) -> ColumnElement[Any]:
    """A page brings a song back only where the site has not said since that it is gone."""
    since = case((stored.gone_at > new.details_at, stored.gone_at), else_=null())
    return case((_page_is_newer(stored, new), since), else_=stored.gone_at)


def _lyrics_status(stored: Any, new: Excluded) -> ColumnElement[Any]:
    """The newest page's, except that a song which the site has said since to be gone stays missing until lyrics of it are read."""
    missing = and_(stored.gone_at > new.details_at, new.lyrics.is_(None), stored.lyrics.is_(None))
    read = case((missing, stored.lyrics_status), else_=new.lyrics_status)
    return case((_page_is_newer(stored, new), read), else_=stored.lyrics_status)


def _read_lyrics(name: str) -> Merge:
    """Lyrics once read are kept when a later page shows none (taken down, for adults only): the status tells what it showed."""
    return lambda stored, new: case(
        (_page_is_newer(stored, new), func.coalesce(new[name], stored[name])), else_=func.coalesce(stored[name], new[name])
    )


_SEEN: dict[str, Merge] = {
    **{name: _latest(name) for name in ("title", "artist", "artists", "adult")},
    **{name: _latest_known(name) for name in ("album", "album_id", "image_url")},
    **{name: _genre(name) for name in ("genre_code", "genre", "genre_source")},
    "first_seen": _earliest("first_seen"),
    "last_seen": _later("last_seen"),
}
_TABLE: Any = Song.__table__

LISTED = Upsert(
    _TABLE,
    LISTED_COLUMNS,
    merges={**_SEEN, "delisted_at": _delisted},
    keep=frozenset({"page_genres", "released_text", "lyrics_status", "source", "credits"}),
    unless_changed=frozenset({"updated_at"}),
)
DETAIL = Upsert(
    _TABLE,
    DETAIL_COLUMNS,
    merges={
        **_SEEN,
        **{name: _from_page(name) for name in ("page_genres", "released_text", "released", "credits")},
        **{name: _read_lyrics(name) for name in ("lyrics", "lyrics_hash")},
        "lyrics_status": _lyrics_status,
        "gone_at": _gone_at,
        "details_at": _later("details_at"),
    },
    keep=frozenset({"source"}),
    unless_changed=frozenset({"updated_at"}),
)
