"""Tagging a real SQLite database: once each, again only what changed, the same on a cluster."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from reumi.jobs.tag import TagOrder, tag_database
from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, LyricsStatus, SongDetail
from storage.crawl_store import CrawlStore
from storage.engine import open_engine
from storage.models import LineEmotion, SongEmotion
from storage.runs import start_run
from storage.schema import open_for_writing
from storage.snapshot import index_rows
from storage.watch import song_counts
from tagging.emotions import LABELS
from tagging.errors import ClusterLost, ModelRefused
from tagging.lyrics import lyric_of
from tagging.training import TrainOrder, train
from tests.planted import planted, planted_set

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
WORDS = [sentence.text for sentence in planted(120, seed=4)]


def lyric(number: int) -> str:
    verse = [WORDS[(number * 7 + place) % len(WORDS)] for place in range(6)]
    chorus = [WORDS[number % 5], WORDS[number % 5 + 1]]
    return "\n".join([*verse[:3], "", *chorus, "", *verse[3:], "", *chorus])


def crawl(engine: Engine, lyrics: dict[str, str]) -> None:
    store = CrawlStore(engine, start_run(engine, {"p": 1}, "http://site", "test", False), "me", lambda: NOON)
    for number, (song_id, text) in enumerate(lyrics.items()):
        task = PageTask(f"song:{song_id}:{number}", TaskKind.SONG, "http://site", song_id=song_id)
        store.add([task])
        detail = SongDetail(song_id, f"노래 {song_id}", (Artist("가수"),), LyricsStatus.OK if text else LyricsStatus.NONE, text or None)
        store.save(task, Harvest(NOON, detail=detail))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(train(TrainOrder("linear", tmp_path_factory.mktemp("models") / "planted"), planted_set(350)).folder)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("crawled") / "songs.db"
    engine = open_for_writing(f"sqlite:///{file}")
    crawl(engine, {f"{number:03}": lyric(number) for number in range(80)} | {"900": "", "901": "I love you\nbaby"})
    engine.dispose()
    return file


@pytest.fixture
def filled(crawled: Path, tmp_path: Path) -> str:
    """A data set of 81 songs with lyrics and one without; a copy of the test's own."""
    return f"sqlite:///{shutil.copy(crawled, tmp_path / 'songs.db')}"


def labels(url: str) -> dict[str, tuple[object, ...]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(SongEmotion.__table__)).all()
    engine.dispose()
    return {row.song_id: tuple(value for name, value in row._mapping.items() if name != "tagged_at") for row in rows}


def test_every_song_with_lyrics_is_tagged_once_and_each_line_read_once(filled: str, model: str) -> None:
    report = tag_database(filled, TagOrder(model))
    assert (report.songs, report.lines) == (81, 80 * 10 + 2)
    assert report.lines_read < report.lines / 3
    assert sum(report.emotions.values()) == 81
    assert tag_database(filled, TagOrder(model)).songs == 0
    engine = open_engine(filled)
    with engine.connect() as connection:
        lines = connection.execute(select(LineEmotion.line_hash)).all()
    engine.dispose()
    # Beside the different lines, the passages of each of the 81 lyrics, and each as a whole.
    with_passages = {part.hash for number in range(80) for part in lyric_of(lyric(number)).read}
    assert {line.line_hash for line in lines} >= with_passages
    assert len(lines) == len(set(lines))


def test_a_song_whose_lyrics_change_is_read_again_and_only_its_new_lines(filled: str, model: str) -> None:
    tag_database(filled, TagOrder(model))
    before = labels(filled)
    engine = open_engine(filled)
    crawl(engine, {"007": lyric(7) + "\n새로운 눈물 이별 한숨"})
    engine.dispose()
    report = tag_database(filled, TagOrder(model))
    assert (report.songs, report.lines_read) == (1, 1)
    after = labels(filled)
    assert {song for song in after if after[song] != before[song]} == {"007"}


def test_songs_labelled_by_older_rules_are_labelled_anew_from_the_lines_already_read(
    filled: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_database(filled, TagOrder(model))
    monkeypatch.setattr("reumi.jobs.tag.SONG_RULES", "other-rules")
    monkeypatch.setattr("tagging.song.PRIOR", np.eye(7)[LABELS.index("공포")] + 1e-9)
    report = tag_database(filled, TagOrder(model))
    assert (report.songs, report.lines_read, report.emotions) == (81, 0, {"공포": 81})
    assert tag_database(filled, TagOrder(model)).songs == 0
    engine = open_engine(filled)
    assert {row.main_emotion for row in index_rows(engine, None) if row.lyrics} == {"공포"}
    assert song_counts(engine) == (82, 0)
    engine.dispose()


def test_batch_and_limit_do_not_change_a_label(filled: str, model: str, tmp_path: Path) -> None:
    in_pieces = f"sqlite:///{tmp_path / 'pieces.db'}"
    engine = open_for_writing(in_pieces)
    crawl(engine, {f"{number:03}": lyric(number) for number in range(80)} | {"901": "I love you\nbaby"})
    engine.dispose()
    while tag_database(in_pieces, TagOrder(model, limit=7)).songs:
        pass
    tag_database(filled, TagOrder(model))
    assert labels(in_pieces) == labels(filled)


def test_a_killed_run_goes_on_where_it_stopped(filled: str, model: str) -> None:
    program = textwrap.dedent(
        """
        import sys, time
        from reumi.jobs import tag
        tag._SONGS = 4
        def slowly(report):
            print(report.songs, flush=True)
            time.sleep(0.3)
        tag.tag_database(sys.argv[1], tag.TagOrder(sys.argv[2]), slowly)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, filled, model], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline().strip().isdigit()
        os.killpg(process.pid, signal.SIGKILL)
    done = len(labels(filled))
    assert 12 <= done < 81
    report = tag_database(filled, TagOrder(model))
    assert report.songs == 81 - done
    assert len(labels(filled)) == 81


def test_a_damaged_model_touches_nothing(tmp_path: Path, model: str) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in Path(model).iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    (damaged / "linear.safetensors").write_bytes(b"short")
    with pytest.raises(ModelRefused, match="damaged or was changed"):
        tag_database(f"sqlite:///{tmp_path / 'none.db'}", TagOrder(str(damaged)))
    assert not (tmp_path / "none.db").exists()


def test_a_cluster_gives_the_same_labels_and_survives_a_lost_worker(filled: str, model: str) -> None:
    from tagging.bundle import load_classifier, open_bundle
    from tagging.cluster import ClusterReader, open_cluster

    lines = [*WORDS * 8, "", "hello"]
    with open_cluster("local:2") as client:
        reader = ClusterReader(client, open_bundle(model))
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        spread = reader.predict_proba(lines)
    alone = load_classifier(model).predict_proba(lines)
    np.testing.assert_allclose(spread, alone, atol=1e-5)
    assert tag_database(filled, TagOrder(model, dask="local:2")).songs == 81


def test_an_absent_cluster_is_one_sentence(filled: str, model: str) -> None:
    with pytest.raises(ClusterLost, match="write local:2"):
        tag_database(filled, TagOrder(model, dask="local:many"))
