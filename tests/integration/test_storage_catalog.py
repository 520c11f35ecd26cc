"""Reading back: searches, histories, labels, the index's rows and the token that tells when they changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, Chart, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.catalog import Catalog, SongFilter
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.runs import finish_run, last_good_coverage, open_run, recent_runs, start_run
from storage.snapshot import data_version, index_rows
from storage.watch import list_readings, lists_of_run

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
BALLADS = ListKey(genre_code="GN0100", listing=Listing.STEADY)
TOP = ListKey(chart=Chart.TOP100, period="2026110112")
PROBABILITIES = (0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.1)


def save(engine: Engine, harvests: list[Harvest]) -> None:
    store = CrawlStore(engine, start_run(engine, {"p": 1}, "http://site", "test", False), "me", lambda: NOON)
    for number, harvest in enumerate(harvests):
        task = PageTask(f"page:{number}", TaskKind.LIST, "http://site")
        store.add([task])
        store.save(task, harvest)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    songs = [ListedSong(str(n), f"노래 {n}", (Artist(f"가수 {n % 2}"),), rank=n) for n in range(1, 5)]
    lyrics = [SongDetail(s.song_id, s.title, s.artists, LyricsStatus.OK, f"사랑 100% {s.song_id}") for s in songs[:3]]
    save(
        engine,
        [
            Harvest(NOON, BALLADS, tuple(songs[:3]), likes={"1": 5, "2": 50, "3": 500}),
            Harvest(NOON + timedelta(days=1), TOP, (replace(songs[3], rank_change=2), replace(songs[0], rank=1)), likes={"1": 6}),
            *(Harvest(NOON, detail=page) for page in lyrics),
        ],
    )
    return engine


def ids(engine: Engine, **conditions: object) -> list[str]:
    return [song.song_id for song in Catalog(engine).search(SongFilter(**conditions))]  # type: ignore[arg-type]


def label(engine: Engine, fingerprint: str, emotion: str | None, song_id: str, lyrics_hash: str, at: datetime) -> None:
    row = SongEmotionRow(song_id, lyrics_hash, 7, (1, 0, 0, 0, 0, 5, 1), PROBABILITIES, emotion, at)
    EmotionStore(engine, fingerprint).save([row], {})


def test_every_condition_narrows_the_search(filled: Engine) -> None:
    assert ids(filled) == ["1", "2", "3", "4"]
    assert ids(filled, text="노래 2") == ["2"]
    assert ids(filled, text="100%") == ["1", "2", "3"], "a percent sign is a character, not a wildcard"
    assert ids(filled, genre="발라드") == ids(filled, genre="GN0100") == ["1", "2", "3"]
    assert ids(filled, listing="steady") == ["1", "2", "3"]
    assert ids(filled, chart="top100") == ["1", "4"]
    assert ids(filled, min_likes=50) == ["2", "3"]
    assert ids(filled, since=NOON + timedelta(hours=1)) == ["1", "4"]
    assert ids(filled, until=NOON) == ["2", "3"]
    assert ids(filled, limit=2) == ["1", "2"]
    assert [song.song_id for song in Catalog(filled).search(SongFilter(limit=3), by_likes=True)] == ["3", "2", "1"]
    assert Catalog(filled).count(SongFilter(min_likes=50)) == 2


def test_histories_are_told_in_the_order_of_time(filled: Engine) -> None:
    catalog = Catalog(filled)
    assert [(seen.observed_at, seen.likes) for seen in catalog.like_history("1")] == [(NOON, 5), (NOON + timedelta(days=1), 6)]
    assert [(seen.list_name, seen.period, seen.rank) for seen in catalog.rank_history("1")] == [
        ("genre/GN0100/steady", "", 1),
        ("chart/top100/GN0000", "2026110112", 1),
    ]
    assert catalog.rank_history("4")[0].rank_change == 2


def test_a_model_reads_each_wording_once(filled: Engine) -> None:
    store = EmotionStore(filled, "a" * 64)
    pending = list(store.untagged(batch=2))
    assert [song_id for song_id, _, _ in pending] == ["1", "2", "3"]
    assert store.count_untagged() == 3
    line = np.array(PROBABILITIES, dtype=np.float32)
    rows = [SongEmotionRow(song_id, key, 7, (1, 0, 0, 0, 0, 5, 1), tuple(line), "슬픔") for song_id, _, key in pending]
    store.register_model("작은 모델", "default")
    store.save(rows, {"l" * 64: line})
    assert list(store.untagged()) == []
    assert list(EmotionStore(filled, "b" * 64).untagged(limit=1)) == pending[:1]
    (read,) = store.cached_lines(["l" * 64, "m" * 64]).values()
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, line)
    song = Catalog(filled).song("1")
    assert song is not None
    assert (song.main_emotion, song.counts, song.n_lines) == ("슬픔", (1, 0, 0, 0, 0, 5, 1), 7)
    assert song.probabilities == tuple(float(value) for value in line)
    assert ids(filled, emotion="슬픔") == ["1", "2", "3"]


def test_a_song_changed_since_it_was_read_is_read_again(filled: Engine) -> None:
    store = EmotionStore(filled, "a")
    store.save([SongEmotionRow("1", "another wording", 1, (1,) * 7, PROBABILITIES, "행복")], {})
    assert [song_id for song_id, _, _ in store.untagged()] == ["1", "2", "3"]


def test_the_label_given_last_counts_for_readers_and_each_model_can_be_asked_for(filled: Engine) -> None:
    label(filled, "old", "행복", "1", "h", NOON)
    label(filled, "new", "슬픔", "1", "h", NOON + timedelta(days=1))
    label(filled, "same instant", "분노", "2", "h", NOON)
    label(filled, "same instant too", "공포", "2", "h", NOON)
    assert [song.main_emotion for song in Catalog(filled).search()] == ["슬픔", "공포", None, None]
    assert [row.main_emotion for row in index_rows(filled, "old")] == ["행복", None, None, None]
    assert [row.main_emotion for row in index_rows(filled, None)] == ["슬픔", "공포", None, None]


def test_index_rows_can_be_limited_to_what_was_written_since(filled: Engine) -> None:
    label(filled, "m", "행복", "2", "h", NOON + timedelta(days=2))
    assert [row.song_id for row in index_rows(filled, "m", since=NOON + timedelta(days=1))] == ["2"]
    assert [row.song_id for row in index_rows(filled, "m", since=NOON)] == ["1", "2", "3", "4"]


def test_the_token_changes_with_songs_and_labels(filled: Engine) -> None:
    tokens = [data_version(filled)]
    assert data_version(filled) == tokens[0]
    label(filled, "m", "행복", "1", "h", NOON)
    tokens.append(data_version(filled))
    save(filled, [Harvest(NOON, likes={"1": 9})])
    tokens.append(data_version(filled))
    assert len(set(tokens)) == 3


def test_stats_count_songs_by_what_people_ask_for(filled: Engine) -> None:
    label(filled, "m", "행복", "1", "h", NOON)
    stats = Catalog(filled).stats()
    assert stats.genres == {"발라드": 3, "": 1}
    assert stats.emotions == {"": 3, "행복": 1}
    assert stats.listings == {"genre/GN0100/steady": 3, "chart/top100/GN0000": 2}
    assert stats.lyrics == {"ok": 3, "unread": 1}
    assert (stats.songs, stats.with_lyrics, stats.with_likes, stats.like_snapshots) == (4, 3, 3, 4)
    assert stats.likes_at == NOON + timedelta(days=1)
    assert Catalog(filled).counts()["list_entries"] == 5


def test_an_unfinished_run_is_joined_and_a_finished_one_is_not(engine: Engine) -> None:
    run_id = start_run(engine, {"a": 1, "b": 2}, "http://site", "agent", True)
    assert open_run(engine, {"a": 2}) is None
    finish_run(engine, run_id, "stopped", None, [], {"songs": 1}, {}, 10)
    assert open_run(engine, {"b": 2, "a": 1}, max_age=timedelta(days=1)) == run_id
    assert open_run(engine, {"b": 2, "a": 1}, max_age=timedelta(0)) is None
    finish_run(engine, run_id, "finished", "ok", ["fine"], {"songs": 2}, {"title": 1.0}, 5)
    assert open_run(engine, {"b": 2, "a": 1}) is None
    (run,) = recent_runs(engine)
    assert (run.state, run.verdict, run.reasons, run.requests, run.ignored_robots) == ("finished", "ok", ("fine",), 15, True)
    assert last_good_coverage(engine, {"b": 2, "a": 1}, 5) == [{"title": 1.0}]


def test_a_continued_run_keeps_what_its_earlier_sittings_read(engine: Engine) -> None:
    run_id = start_run(engine, {"a": 1}, "http://site", "agent", False)
    first = {"lists": {"genre/GN0100/steady": 50, "genre/GN0200/steady": 50}, "fields": {"song": 8, "song.lyrics": 7}}
    second = {"lists": {"genre/GN0200/steady": 10, "chart/top100/GN0000": 100}, "fields": {"song": 2, "likes": 3}}
    finish_run(engine, run_id, "stopped", "ok", [], {"songs": 90, "gone": 1, "lyrics": {"ok": 7, "pending": 1}}, first, 10)
    assert open_run(engine, {"a": 1}) == run_id
    finish_run(engine, run_id, "finished", "ok", [], {"songs": 100, "due": 2, "lyrics": {"ok": 2}}, second, 5)
    whole = {
        "lists": {"genre/GN0100/steady": 50, "genre/GN0200/steady": 60, "chart/top100/GN0000": 100},
        "fields": {"song": 10, "song.lyrics": 7, "likes": 3},
    }
    (run,) = recent_runs(engine)
    assert run.counts == {"songs": 190, "gone": 1, "due": 2, "lyrics": {"ok": 9, "pending": 1}}
    assert (run.coverage, run.requests) == (whole, 15)
    assert last_good_coverage(engine, {"a": 1}) == [whole]
    assert {item.list_name: item.rows for item in list_readings(engine)} == whole["lists"]
    assert lists_of_run(run) == set(whole["lists"])
