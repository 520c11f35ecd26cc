"""Lyrics read by a sentence encoder: once each, kept beside the index, and part of the score."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.blend import Weights
from recommender.build import add, build
from recommender.embedding import KEPT, KeptEmbeddings
from recommender.errors import IndexDamaged
from recommender.index import Index
from recommender.service import Recommender

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)


def opened(folder: Path) -> Index:
    index = Index.open(folder)
    assert index is not None
    return index


def test_a_lyric_is_read_once_however_often_the_index_is_built(tmp_path: Path, songs: Sequence[Any], word_encoder: Any) -> None:
    build(tmp_path, songs, "v1", NOON, word_encoder)
    assert len(word_encoder.read) == len({song.lyrics for song in songs})
    first = opened(tmp_path).segments[0].segment
    build(tmp_path, songs, "v2", NOON, word_encoder)
    assert len(word_encoder.read) == len({song.lyrics for song in songs})
    again = opened(tmp_path).segments[0].segment
    assert first.embeddings is not None
    assert again.embeddings is not None
    np.testing.assert_array_equal(first.embeddings, again.embeddings)


def test_an_addition_reads_new_songs_alone(tmp_path: Path, songs: Sequence[Any], make_song: Callable[..., Any], word_encoder: Any) -> None:
    build(tmp_path, songs, "v1", NOON, word_encoder)
    word_encoder.read.clear()
    more = [make_song(number) for number in range(900, 903)]
    add(tmp_path, [*more, songs[0]], [], "v2", NOON, word_encoder)
    assert sorted(word_encoder.read) == sorted(song.lyrics for song in more)


def test_a_killed_build_goes_on_where_it_was(tmp_path: Path, songs: Sequence[Any], word_encoder: Any) -> None:
    class Dying:
        fingerprint = word_encoder.fingerprint
        of_diary = word_encoder.of_diary

        def of_lyrics(self, lyrics: Sequence[str]) -> np.ndarray:
            if len(word_encoder.read) >= 64:
                raise KeyboardInterrupt
            return np.asarray(word_encoder.of_lyrics(lyrics))

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, songs, "v1", NOON, Dying())
    assert len(word_encoder.read) == 64
    assert Index.open(tmp_path) is None
    build(tmp_path, songs, "v1", NOON, word_encoder)
    assert len(word_encoder.read) == len(set(word_encoder.read)) == len({song.lyrics for song in songs})


def test_vectors_come_back_as_they_were_read(tmp_path: Path, songs: Sequence[Any], word_encoder: Any) -> None:
    lyrics = [song.lyrics for song in songs[:40]] + ["", songs[0].lyrics]
    directions, factors = KeptEmbeddings(tmp_path, word_encoder).of_lyrics(lyrics)
    assert (directions.dtype, factors.dtype) == (np.int8, np.float32)
    np.testing.assert_allclose(directions * factors[:, None], word_encoder.of_lyrics(lyrics), atol=0.01)
    assert not directions[40].any()


def test_the_score_is_the_sum_of_its_parts_and_the_subject_one_of_them(
    tmp_path: Path, songs: Sequence[Any], classifier: Any, word_encoder: Any
) -> None:
    build(tmp_path, songs, "v1", NOON, word_encoder)
    recommender = Recommender(opened(tmp_path), classifier, encoder=word_encoder)
    for song in recommender.recommend("슬픔 김치 라면 김치", 5).songs:
        assert sum(song.parts.values()) == pytest.approx(song.score, abs=1e-6)
        assert "embedding" in song.parts
    only = Weights(emotion=0, lexical=0, theme=0, embedding=1, popularity=0, variety=0)
    best = Recommender(opened(tmp_path), classifier, only, word_encoder).recommend("슬픔 김치 라면 김치", 1).songs[0]
    lyrics = {song.song_id: song.lyrics for song in songs if song.main_emotion == best.emotion}
    asked = word_encoder.of_diary("김치 라면 김치")
    assert best.song_id == max(lyrics, key=lambda song_id: float(word_encoder.of_diary(lyrics[song_id]) @ asked))


def test_an_index_with_embeddings_answers_without_the_encoder_too(
    tmp_path: Path, songs: Sequence[Any], classifier: Any, word_encoder: Any
) -> None:
    build(tmp_path / "with", songs, "v1", NOON, word_encoder)
    build(tmp_path / "without", songs, "v1", NOON)
    first, second = (Recommender(opened(tmp_path / name), classifier).recommend("슬픔 바다", 5) for name in ("with", "without"))
    assert first.songs == second.songs


def test_half_of_the_embeddings_is_a_damaged_index(tmp_path: Path, songs: Sequence[Any], word_encoder: Any) -> None:
    build(tmp_path, songs, "v1", NOON, word_encoder)
    next(tmp_path.glob("seg-*/embedding_scales.npy")).unlink()
    with pytest.raises(IndexDamaged, match="embedding_scales"):
        Index.open(tmp_path)


def test_what_is_kept_is_an_ordinary_database(tmp_path: Path, songs: Sequence[Any], word_encoder: Any) -> None:
    build(tmp_path, songs, "v1", NOON, word_encoder)
    with closing(sqlite3.connect(tmp_path / KEPT)) as kept:
        assert kept.execute("SELECT count(*) FROM embedding").fetchone() == (len({song.lyrics for song in songs}),)
