"""The replica's clock (Asia/Seoul), and how likes grow with it."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta, timezone

from reumi.replica.catalogue import Song

SEOUL = timezone(timedelta(hours=9), "KST")
DEFAULT_NOW = datetime(2026, 11, 24, 21, 0, tzinfo=SEOUL)
"""Where the clock stands still unless told otherwise, so that two crawls read the same."""

EPOCH = datetime(2026, 1, 1, tzinfo=SEOUL)


def in_seoul(instant: datetime) -> datetime:
    """The instant in the site's time zone; a naive one is taken as Seoul time."""
    return instant.replace(tzinfo=SEOUL) if instant.tzinfo is None else instant.astimezone(SEOUL)


def draw(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def likes_at(song: Song, instant: datetime) -> int:
    """Like count at an instant: a level drawn from the song id, steady growth, a slow wave; never below zero.

    A song without a fixed count lies between about 300 and 1.6 million; a filler song below 3,000.
    """
    if song.fixed_likes == 0:
        return 0
    level = float(song.fixed_likes) if song.fixed_likes is not None else _level(song)
    days = (instant - EPOCH).total_seconds() / 86_400
    rate = level * (0.0002 + 0.0012 * draw(song.song_id, "growth"))
    period = 5 + 20 * draw(song.song_id, "wave")
    return max(0, int(level + rate * days + level * 0.0008 * math.sin(2 * math.pi * days / period)))


def _level(song: Song) -> float:
    share = draw(song.song_id, "likes")
    if song.filler:
        return float(10 ** (0.5 + 2.7 * share))
    return float(10 ** (2.5 + 3.5 * share**1.1))
