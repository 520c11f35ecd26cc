"""The records that pages are read into: frozen, validated, standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class LyricsStatus(StrEnum):
    """Why a song has lyrics or has none. An empty string alone would not tell these apart."""

    OK = "ok"
    PENDING = "pending"  # the site waits for someone to register them
    ADULT = "adult"  # shown only to signed-in adults
    NONE = "none"  # the page has no lyric section: an instrumental
    MISSING_SONG = "missing_song"  # the site answers 200 with a page that says the song is gone


class Listing(StrEnum):
    """The order of a genre's list."""

    STEADY = "steady"
    POPULAR = "popular"
    NEWEST = "newest"


class Chart(StrEnum):
    """The chart pages that the site still has."""

    TOP100 = "top100"
    HOT100 = "hot100"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Artist:
    """A performer: display name, and the site's id where the page links it."""

    name: str
    artist_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListedSong:
    """One row of a genre list or chart.

    `rank` is the number that the row shows, else its 1-based position in the whole list; `rank_shown` tells which.
    `rank_change` is positive for a climb, negative for a fall, 0 for the same place, None where the page shows none;
    `is_new` marks a new entry. A listing's own like count is always unknown (the site fills it in by script), so it is not here.
    """

    song_id: str
    title: str
    artists: tuple[Artist, ...]
    rank: int
    rank_shown: bool = True
    rank_change: int | None = None
    is_new: bool = False
    album: str | None = None
    album_id: str | None = None
    image_url: str | None = None
    adult: bool = False
    available: bool = True
    has_video: bool = False

    def __post_init__(self) -> None:
        _require_identity(self.song_id, self.title, self.artists)
        if self.rank < 1:
            raise ValueError(f"rank of song {self.song_id} must be 1 or more, not {self.rank}")


@dataclass(frozen=True, slots=True)
class Credit:
    """A maker of a song and the part taken: 작사, 작곡 or 편곡."""

    name: str
    role: str
    artist_id: str | None = None


@dataclass(frozen=True, slots=True)
class SongDetail:
    """A song's own page.

    `lyrics` holds lines joined by `\\n`, empty line between verses, and is set exactly when `lyrics_status` is OK.
    `released_text` is as printed (`2017.06.26`, `2017.06`, `2017` or empty); `released` only when it is a whole date.
    `genres` are the page's own names in its order.
    """

    song_id: str
    title: str
    artists: tuple[Artist, ...]
    lyrics_status: LyricsStatus
    lyrics: str | None = None
    album: str | None = None
    album_id: str | None = None
    genres: tuple[str, ...] = ()
    released_text: str = ""
    released: date | None = None
    image_url: str | None = None
    adult: bool = False
    credits: tuple[Credit, ...] = field(default=())

    def __post_init__(self) -> None:
        _require_identity(self.song_id, self.title, self.artists)
        if (self.lyrics_status is LyricsStatus.OK) != bool(self.lyrics):
            raise ValueError(f"song {self.song_id}: lyrics and the status {self.lyrics_status!s} contradict each other")


@dataclass(frozen=True, slots=True)
class ListKey:
    """Which list a row was seen on. Exactly one of (`genre_code` + `listing`) and `chart` is set.

    `class_code` of a chart is the genre filter that the site calls classCd (GN0000 = all).
    `period` is what a chart covers, in the site's clock (Asia/Seoul): `2026112421` (hour), `20261124` (day),
    `20261116-20261122` (week), `202610` (month). Genre lists have no period.
    """

    genre_code: str | None = None
    sub_genre_code: str | None = None
    listing: Listing | None = None
    chart: Chart | None = None
    class_code: str = "GN0000"
    period: str | None = None

    def __post_init__(self) -> None:
        if (self.chart is None) == (self.listing is None) or (self.listing is None) != (self.genre_code is None):
            raise ValueError("a list is either a genre's listing or a chart")

    def __str__(self) -> str:
        """`genre/GN0100/steady` or `chart/top100/GN0000`: the stable name used in storage and on the command line."""
        if self.chart is not None:
            return f"chart/{self.chart}/{self.class_code}"
        return f"genre/{self.sub_genre_code or self.genre_code}/{self.listing}"


def _require_identity(song_id: str, title: str, artists: tuple[Artist, ...]) -> None:
    if not song_id.isascii() or not song_id.isdigit():
        raise ValueError(f"song id must be digits, not {song_id!r}")
    if not title.strip():
        raise ValueError(f"song {song_id} has no title")
    if not artists or not all(artist.name.strip() for artist in artists):
        raise ValueError(f"song {song_id} has no artist")
