"""Generated songs for size tests. Word salad from a small list, never a measure of quality."""

from __future__ import annotations

import random
from functools import lru_cache

from reumi.replica.catalogue import Song
from reumi.replica.genres import SONG_GENRES

FIRST_ID = 70_000_000
_WORDS = (
    "가로등 감자 강물 거울 계단 고양이 골목 구두 그림자 기차 나무 나침반 냄비 노을 눈송이 단추 달력 담장 도시락 등대 라디오 마당 모자 "
    "무지개 문고리 바구니 바람 별자리 복숭아 빗자루 사다리 사탕 새벽 서랍 소나기 손톱 수건 시계 신호등 쌀알 안개 양말 엽서 오솔길 우산 "
    "유리창 의자 자전거 장갑 정류장 조개 종이배 주머니 지붕 창문 첫눈 촛불 칠판 커튼 터널 파도 편지 풀잎 피아노 하늘 항구 햇살 호두 화분"
).split()
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
