from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.background import telling
from recommender.build import add, build, rebuild_is_due
from recommender.errors import IndexDamaged
from recommender.index import MANIFEST, Index
from recommender.ngrams import counted_terms, terms_of
from recommender.segment import K1, MEAN_LENGTH, B
from recommender.service import Recommender
from tagging.emotions import LABELS

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)


def bm25_by_hand(query: str, lyrics: str) -> float:
    counted = Counter(terms_of([lyrics])[0].tolist())
    norm = K1 * (1 - B + B * sum(counted.values()) / MEAN_LENGTH)
    score = 0.0
    for term in counted_terms(query)[0]:
        frequency = counted[int(term)]
        score += float(telling(np.array([term], dtype=np.uint32))[0]) * frequency * (K1 + 1) / (frequency + norm)
    return score


def test_lexical_scores_are_bm25(index_folder: Path, songs: Sequence[Any]) -> None:
    index = Index.open(index_folder)
    assert index is not None
    segment = index.segments[0].segment
    query = "새벽 버스 창문에 눈물"
    terms, counts = counted_terms(query)
    by_id = {song.song_id: song for song in songs}
    compared = 0
    for emotion in range(len(LABELS)):
        start = int(segment.emotion_starts[emotion])
        for offset, score in enumerate(segment.lexical(emotion, terms, np.ones_like(counts))):
            record = segment.record(start + offset)
            assert LABELS[emotion] == record.emotion
            assert math.isclose(score, bm25_by_hand(query, by_id[record.song_id].lyrics), rel_tol=1e-4, abs_tol=1e-5)
            compared += 1
    assert compared == len(songs)


def test_records_and_lyrics_come_back_whole(index_folder: Path, songs: Sequence[Any]) -> None:
    index = Index.open(index_folder)
    assert index is not None
    segment = index.segments[0].segment
    by_id = {song.song_id: song for song in songs}
    for row in range(len(segment)):
        record = segment.record(row)
        song = by_id[record.song_id]
        assert (record.title, record.artist, record.likes, record.genre) == (song.title, song.artist, song.likes, song.genre)
        assert segment.lyrics(row) == song.lyrics


def test_adding_changed_songs_equals_a_rebuild(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    before = [make_song(number) for number in range(80)]
    changed = [make_song(number, seed=1) for number in range(70, 95)]
    build(tmp_path / "added", before, "v1", READ_AT)
    add(tmp_path / "added", changed, [before[3].song_id], "v2", READ_AT)
    after = {song.song_id: song for song in [*before, *changed]}
    del after[before[3].song_id]
    build(tmp_path / "rebuilt", list(after.values()), "v2", READ_AT)
    added, rebuilt = open_recommender(tmp_path / "added"), open_recommender(tmp_path / "rebuilt")
    assert len(added) == len(rebuilt) == len(after)
    for diary in ("슬픔 새벽 버스", "행복 바다", "분노 거울"):
        assert added.recommend(diary, 60) == rebuilt.recommend(diary, 60)


def test_a_reader_keeps_its_view_while_the_index_is_rebuilt(
    index_folder: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    reader = open_recommender(index_folder)
    first = reader.recommend("슬픔 편지", 5)
    build(index_folder, [make_song(number, seed=9) for number in range(40)], "v2", READ_AT)
    build(index_folder, [make_song(number, seed=8) for number in range(40)], "v3", READ_AT)
    assert reader.recommend("슬픔 편지", 5) == first


def test_a_build_that_dies_leaves_the_old_index(index_folder: Path, make_song: Callable[..., Any]) -> None:
    def dying() -> Any:
        yield make_song(1)
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        build(index_folder, dying(), "v2", READ_AT)
    index = Index.open(index_folder)
    assert index is not None
    assert (index.manifest.data_version, len(index)) == ("v1", 150)


@pytest.mark.parametrize("name", ["keys.npy", "docs.npy", "genres.json", "profiles.npy"])
def test_a_damaged_file_is_refused_with_the_way_out(index_folder: Path, name: str) -> None:
    segment = next(index_folder.glob("seg-*"))
    (segment / name).write_bytes(b"\x93NUMPY broken")
    with pytest.raises(IndexDamaged, match="reumi index --rebuild"):
        Index.open(index_folder)


def test_a_missing_segment_is_refused(index_folder: Path) -> None:
    next(index_folder.glob("seg-*")).rename(index_folder / "moved")
    with pytest.raises(IndexDamaged, match="reumi index --rebuild"):
        Index.open(index_folder)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "reumi-index", "version": 99, "segments": []}'])
def test_a_foreign_manifest_is_refused(index_folder: Path, content: str) -> None:
    (index_folder / MANIFEST).write_text(content)
    with pytest.raises(IndexDamaged, match="reumi index --rebuild"):
        Index.open(index_folder)


def test_no_index_is_no_error(tmp_path: Path) -> None:
    assert Index.open(tmp_path / "nothing") is None


def test_untagged_songs_are_left_out(tmp_path: Path, make_song: Callable[..., Any]) -> None:
    manifest = build(tmp_path, [make_song(1), make_song(2, main_emotion=None)], "v1", READ_AT)
    assert sum(entry.songs for entry in manifest.segments) == 1


def test_many_additions_ask_for_a_rebuild(tmp_path: Path, make_song: Callable[..., Any]) -> None:
    manifest = build(tmp_path, [make_song(number) for number in range(100)], "v1", READ_AT)
    assert not rebuild_is_due(manifest)
    for number in range(30):
        manifest = add(tmp_path, [make_song(number, seed=2)], [], f"v{number}", READ_AT)
    assert rebuild_is_due(manifest)


def test_files_that_no_manifest_names_are_removed(tmp_path: Path, make_song: Callable[..., Any]) -> None:
    for version in range(5):
        build(tmp_path, [make_song(number, seed=version) for number in range(10)], f"v{version}", READ_AT)
    assert len(list(tmp_path.glob("seg-*"))) == 1
