"""The songs folder as a whole."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from reumi.replica.catalogue import Song, load_songs
from reumi.replica.clock import DEFAULT_NOW, likes_at
from reumi.replica.genres import SONG_GENRES
from tagging.emotions import LABELS

SONGS = list(load_songs().values())
SUNG = [song for song in SONGS if song.lyrics_case == "ok" and not song.gone]


def lines_of(song: Song) -> list[str]:
    return [line.strip() for line in song.lyrics.split("\n") if line.strip()]


def test_every_genre_has_twenty_songs_and_more_and_all_together_140() -> None:
    counts = Counter(song.genre_code for song in SUNG)
    assert set(counts) == set(SONG_GENRES)
    assert min(counts.values()) >= 20
    assert len(SUNG) >= 140


@pytest.mark.parametrize("song", SUNG, ids=lambda song: song.song_id)
def test_a_song_has_12_to_40_lines_and_honest_labels(song: Song) -> None:
    assert 12 <= len(lines_of(song)) <= 40
    assert song.emotions
    assert set(song.emotions) <= set(LABELS)
    assert len(set(song.emotions)) == len(song.emotions)
    assert song.title.strip()
    assert all(artist.strip() for artist in song.artists)
    assert not {"<br>", "펼치기"} & set(song.lyrics.lower().split())


def test_songs_without_lyrics_carry_none_and_no_labels() -> None:
    wordless = [song for song in SONGS if song.lyrics_case != "ok" or song.gone]
    assert {song.lyrics_case for song in wordless} == {"ok", "pending", "adult", "none"}
    assert not any(song.lyrics or song.emotions for song in wordless)


def test_no_line_stands_in_two_songs() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for song in SUNG:
        for line in lines_of(song):
            owners[line].add(song.song_id)
    assert {line: ids for line, ids in owners.items() if len(ids) > 1} == {}


def test_no_title_occurs_twice() -> None:
    assert [title for title, count in Counter(song.title for song in SONGS).items() if count > 1] == []


def test_every_feeling_leads_some_songs_of_every_genre() -> None:
    led = {(song.genre_code, song.emotions[0]) for song in SUNG}
    assert {code for code, _ in led} == set(SONG_GENRES)
    assert led == {(code, label) for code in SONG_GENRES for label in LABELS}


def test_albums_and_artists_have_numbers_of_their_own() -> None:
    albums = {(song.artists[0], song.album): song.album_id for song in SONGS}
    artists = {name: number for song in SONGS for name, number in zip(song.artists, song.artist_ids, strict=True) if number is not None}
    assert len(set(albums.values())) == len(albums)
    assert len(set(artists.values())) == len(artists)


def test_the_odd_cases_are_there() -> None:
    assert {len(song.song_id) for song in SONGS} >= {5, 8, 9}
    assert any("," in artist for song in SONGS for artist in song.artists)
    assert any("&" in song.title for song in SONGS)
    assert any("<b>" in song.title for song in SONGS)
    assert any(None in song.artist_ids for song in SONGS)
    assert any(len(song.artists) > 2 for song in SONGS)
    assert any(len(song.title) > 60 for song in SONGS)
    assert any(not song.available for song in SONGS)
    assert any(song.broken_image for song in SONGS)


def test_likes_reach_from_none_to_more_than_a_million() -> None:
    likes = sorted(likes_at(song, DEFAULT_NOW) for song in SONGS)
    assert likes[0] == 0
    assert likes[-1] > 1_000_000
    assert likes[len(likes) // 2] > 1_000
