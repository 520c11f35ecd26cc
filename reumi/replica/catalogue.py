"""The songs of the replica: original songs from the TOML files, numbered albums and artists.

`load_songs()` also serves evaluations: it tells the feelings that each song's author had in mind (`Song.emotions`, main feeling first).
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from reumi.replica.errors import CatalogueInvalid


@dataclass(frozen=True, slots=True)
class Song:
    """A song as the replica knows it.

    `emotions` are the author's labels, main feeling first. `lyrics` holds lines joined by `\\n` with an empty line between parts, empty
    unless `lyrics_case` is `ok`; the other cases are `pending`, `adult` and `none`. `fixed_likes` overrides the computed like count.
    `artist_ids` pairs with `artists`; None for a name that the site does not link.
    """

    song_id: str
    title: str
    artists: tuple[str, ...]
    artist_ids: tuple[str | None, ...]
    album: str
    album_id: str
    released: str
    genre_code: str
    emotions: tuple[str, ...] = ()
    lyrics: str = ""
    voice: str = ""
    lyrics_case: str = "ok"
    adult: bool = False
    gone: bool = False
    available: bool = True
    raw_ampersand: bool = False
    broken_image: bool = False
    english_genre: bool = False
    extra_genre: str = ""
    fixed_likes: int | None = None
    filler: bool = False

    @property
    def year(self) -> int:
        """Year of release."""
        return int(self.released[:4])


@cache
def load_songs() -> Mapping[str, Song]:
    """All original songs by song id, in the order of the files. Raises CatalogueInvalid naming the file and the song."""
    songs: dict[str, Song] = {}
    for name, entry in _entries():
        song = _song(name, entry)
        if song.song_id in songs:
            raise CatalogueInvalid(f"song id {song.song_id} occurs twice, again in {name}")
        songs[song.song_id] = song
    return MappingProxyType(songs)


def number_for(kind: str, name: str, first: int, span: int) -> str:
    """A stable number for a name: `first` plus a checksum within `span`."""
    return str(first + zlib.crc32(f"{kind}:{name}".encode()) % span)


def _entries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    folder = files("reumi.replica") / "songs"
    for path in sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name):
        try:
            songs: Iterable[Mapping[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("song", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogueInvalid(f"cannot read the song file {path.name}: {error}") from error
        for entry in songs:
            yield path.name, entry


def _song(name: str, entry: Mapping[str, Any]) -> Song:
    try:
        song_id: str = entry["id"]
        artists = tuple(entry["artists"])
        linked = entry.get("linked", True)
        return Song(
            song_id=song_id,
            title=entry["title"],
            artists=artists,
            artist_ids=tuple(number_for("artist", artist, 100_000, 2_800_000) if linked else None for artist in artists),
            album=entry["album"],
            album_id=number_for("album", f"{artists[0]}/{entry['album']}", 10_000_000, 1_900_000),
            released=entry["released"],
            # 39GG…: the genre's number is part of an ordinary song's id.
            genre_code=entry.get("genre") or f"GN{song_id[2:4]}00",
            emotions=tuple(entry.get("emotions", ())),
            lyrics=entry.get("lyrics", "").strip("\n"),
            voice=entry.get("voice", ""),
            lyrics_case=entry.get("lyrics_case", "ok"),
            **{field: entry[field] for field in _OPTIONAL if field in entry},
        )
    except (KeyError, TypeError, IndexError) as error:
        raise CatalogueInvalid(f"a song in {name} ({entry.get('id', 'without id')}) is not complete: {error!r}") from error


_OPTIONAL = ("adult", "gone", "available", "raw_ampersand", "broken_image", "english_genre", "extra_genre", "fixed_likes")
