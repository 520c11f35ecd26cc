"""Generated songs for size tests. Word salad from a small list, never a measure of quality."""

from __future__ import annotations

import random
from functools import lru_cache
from importlib.resources import files

from reumi.replica.catalogue import Song
from reumi.replica.genres import SONG_GENRES

FIRST_ID = 70_000_000
_WORDS = (files("reumi.replica") / "filler_words.txt").read_text(encoding="utf-8").split()
_ENDINGS = ("접어 두고", "세어 본다", "지나간다", "흔들린다", "두드린다", "돌아본다", "넘어간다", "기다린다", "따라간다", "멈춰 선다")


def filler_songs(count: int) -> list[Song]:
    """`count` songs, spread evenly over the seven genres; the n-th is the same whatever the count. Lyrics are made when asked for."""
    codes = tuple(SONG_GENRES)
    return [_song(number, codes[number % len(codes)]) for number in range(count)]


@lru_cache(maxsize=2_000)
def filler_lyrics(song_id: str) -> str:
    """12 to 30 lines of word salad for a filler song."""
    chance = random.Random(song_id)
    lines = [f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {chance.choice(_ENDINGS)}" for _ in range(chance.randint(12, 30))]
    middle = len(lines) // 2
    return "\n".join([*lines[:middle], "", *lines[middle:]])


def _song(number: int, genre_code: str) -> Song:
    chance = random.Random(number)
    words = chance.sample(_WORDS, 3)
    artist = number // 8
    return Song(
        song_id=str(FIRST_ID + number),
        title=f"{words[0]} {words[1]} {number}",
        artists=(f"채움 {_WORDS[artist % len(_WORDS)]} {artist}",),
        artist_ids=(str(4_000_000 + artist),),
        album=f"{words[2]} 모음 {number // 4}",
        album_id=str(20_000_000 + number // 4),
        # Older than most original songs, so that these stay on the first pages.
        released=f"{chance.randint(1990, 2012)}.{chance.randint(1, 12):02d}.{chance.randint(1, 28):02d}",
        genre_code=genre_code,
        filler=True,
    )
