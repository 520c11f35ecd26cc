"""Which songs a genre's list holds, and in which order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime

from reumi.replica.catalogue import Song
from reumi.replica.clock import draw, likes_at
from reumi.replica.genres import years_of

STEADY_AGE_DAYS = 540


class Listings:
    """The lists of one set of songs. Orders are computed once a day of the replica's clock and kept."""

    def __init__(self, songs: Iterable[Song]) -> None:
        self._by_genre: dict[str, list[Song]] = {}
        for song in songs:
            self._by_genre.setdefault(song.genre_code, []).append(song)
        self._kept: dict[tuple[str, str, str, bool, date], tuple[Song, ...]] = {}

    def genre(self, code: str, sub_code: str, order: str, steady: bool, now: datetime) -> tuple[Song, ...]:
        """A genre's songs: newest (`NEW`: all, latest release first), popular (`POP`: all that anyone likes, most liked first) or steady
        (older songs that kept their listeners, in an order of their own which `order` does not change)."""
        key = (code, sub_code, order, steady, now.date())
        if key not in self._kept:
            if len(self._kept) > 500:
                self._kept.clear()
            self._kept[key] = self._ordered(*key, now)
        return self._kept[key]

    def newest(self, now: datetime) -> tuple[Song, ...]:
        """The 500 latest releases of all genres."""
        key = ("", "", "NEW", False, now.date())
        if key not in self._kept:
            songs = [song for group in self._by_genre.values() for song in group]
            self._kept[key] = tuple(sorted(released(songs, now), key=_newest_first)[:500])
        return self._kept[key]

    def _ordered(self, code: str, sub_code: str, order: str, steady: bool, today: date, now: datetime) -> tuple[Song, ...]:
        first, last = years_of(sub_code)
        songs = [song for song in released(self._by_genre.get(code, []), now) if first <= song.year <= last]
        if steady:
            old = [song for song in songs if _age_days(song, today) > STEADY_AGE_DAYS and draw(song.song_id, "steady") < 0.75]
            return tuple(sorted(old, key=lambda song: -_steadiness(song, now)))
        if order == "POP":
            likes = {song.song_id: likes_at(song, now) for song in songs}
            return tuple(sorted((song for song in songs if likes[song.song_id]), key=lambda song: (-likes[song.song_id], song.song_id)))
        return tuple(sorted(songs, key=_newest_first))


def released(songs: Iterable[Song], now: datetime) -> list[Song]:
    """Those songs that are out at `now`."""
    today = now.strftime("%Y.%m.%d")
    return [song for song in songs if song.released <= today]


def release_date(song: Song) -> date:
    """The release date; the first day where the site prints only a month or a year."""
    year, month, day = (int(part) for part in [*song.released.split("."), "1", "1"][:3])
    return date(year, month, day)


def _newest_first(song: Song) -> tuple[int, str]:
    return -release_date(song).toordinal(), song.song_id


def _age_days(song: Song, today: date) -> int:
    return (today - release_date(song)).days


def _steadiness(song: Song, now: datetime) -> float:
    return math.log10(likes_at(song, now) + 10) + math.log10(_age_days(song, now.date()) + 1) + 2 * draw(song.song_id, "staying")
