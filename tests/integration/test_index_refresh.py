"""The index follows its database: fresh, added to, rebuilt, damaged, replaced, locked, and read by many at once; on both engines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, delete

from recommender.build import writing
from recommender.errors import IndexDamaged, IndexUnwritable
from recommender.index import MANIFEST, Index
from recommender.place import index_folder, read_stamp, stamp_of
from recommender.refresh import refresh
from recommender.service import Recommender
from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.engine import writing as storage_writing
from storage.models import Song
from storage.revision import move_on
from storage.runs import start_run
from storage.schema import open_for_writing
from tagging.emotions import LABELS

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
BALLADS = ListKey(genre_code="GN0100", listing=Listing.STEADY)


class SadReader:
    """A lawful classifier that reads 슬픔 in everything."""

    fingerprint = "sad-1"

    def predict_proba(self, lines: Sequence[str]) -> np.ndarray:
        return np.tile(np.array([0.05, 0.05, 0.05, 0.05, 0.05, 0.65, 0.1], dtype=np.float32), (len(lines), 1))


def store_songs(engine: Engine, numbers: Sequence[int], lyrics: str = "새벽 버스 창가에 기대어", likes: int = 10) -> None:
    """Crawl and tag songs, as a run would."""
    store = CrawlStore(engine, start_run(engine, {}, "http://site", "test", False), "me")
    listed = tuple(ListedSong(str(n), f"노래 {n}", (Artist(f"가수 {n}"),), rank=n) for n in numbers)
    pages = [Harvest(datetime.now(UTC), BALLADS, listed, likes={str(n): likes for n in numbers})]
    pages += [
        Harvest(
            datetime.now(UTC), detail=SongDetail(song.song_id, song.title, song.artists, LyricsStatus.OK, lyrics, released=date(2015, 1, 1))
        )
        for song in listed
    ]
    for number, page in enumerate(pages):
        task = PageTask(f"{numbers[0]}:{number}", TaskKind.LIST, "http://site")
        store.add([task])
        store.save(task, page)
    tag(engine)


def tag(engine: Engine, fingerprint: str = "m1", emotion: str = "슬픔") -> None:
    emotions = EmotionStore(engine, fingerprint)
    shares = tuple(0.7 if label == emotion else 0.05 for label in LABELS)
    counts = tuple(4 if label == emotion else 0 for label in LABELS)
    emotions.save([SongEmotionRow(song_id, key, 4, counts, shares, emotion) for song_id, _, key in emotions.untagged()], {})


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def folders(index: Index) -> list[str]:
    return [entry.folder for entry in index.manifest.segments]


def ids(index: Index) -> set[str]:
    return {
        live.segment.record(row).song_id
        for live in index.segments
        for row in range(len(live.segment))
        if live.dead is None or not live.dead[row]
    }


def test_a_look_at_unchanged_songs_keeps_the_index(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    first = refresh(folder, url)
    assert ids(first) == {"1", "2", "3", "4", "5"}
    assert folders(refresh(folder, url)) == folders(first)


def test_new_songs_come_in_a_segment_of_their_own(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    first = refresh(folder, url)
    store_songs(engine, [6, 7])
    second = refresh(folder, url)
    assert folders(second)[0] == folders(first)[0]
    assert [entry.songs for entry in second.manifest.segments] == [5, 2]
    assert ids(second) == {str(n) for n in range(1, 8)}


def test_a_changed_song_replaces_its_older_self(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    store_songs(engine, [2], likes=99)
    index = refresh(folder, url)
    assert len(index) == 5
    assert index.manifest.segments[0].dead_count == 1
    assert Recommender(index, SadReader()).recommend("슬픈 날", 5).songs[0].likes == 99


def test_another_model_s_labels_are_taken_over(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    tag(engine, "m2", "행복")
    answer = Recommender(refresh(folder, url), SadReader()).recommend("슬픈 날", 5)
    assert {song.emotion for song in answer.songs} == {"행복"}


def test_added_to_and_rebuilt_indexes_answer_alike(engine: Engine, url: str, folder: Path, tmp_path: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    store_songs(engine, [3, 8, 9], lyrics="버스를 놓친 아침에 우산도 없이")
    added = Recommender(refresh(folder, url), SadReader())
    rebuilt = Recommender(refresh(tmp_path / "other", url), SadReader())
    assert added.recommend("아침에 버스를 놓쳤다", 8) == rebuilt.recommend("아침에 버스를 놓쳤다", 8)


def test_songs_that_were_never_tagged_are_not_answers(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 3))
    store = CrawlStore(engine, start_run(engine, {"p": 2}, "http://site", "test", False), "me")
    task = PageTask("untagged", TaskKind.LIST, "http://site")
    store.add([task])
    store.save(task, Harvest(NOON, BALLADS, (ListedSong("50", "안 읽은 노래", (Artist("가수"),), rank=1),)))
    assert ids(refresh(folder, url)) == {"1", "2"}


def test_rebuild_writes_everything_anew(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    first = refresh(folder, url)
    again = refresh(folder, url, rebuild=True)
    assert set(folders(first)).isdisjoint(folders(again))
    assert ids(again) == ids(first)


def test_songs_that_were_deleted_are_gone_after_a_rebuild(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    with storage_writing(engine) as connection:
        connection.execute(delete(Song).where(Song.song_id == "2"))
        move_on(connection)
    assert "2" not in ids(refresh(folder, url, rebuild=True))


def damage_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b'{"format": "reumi-index", "ver')


def damage_by_another_version(folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({**json.loads((folder / MANIFEST).read_text()), "version": 0}))


def damage_by_missing_keys(folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({**json.loads((folder / MANIFEST).read_text()), "segments": [{"name": "x"}]}))


def damage_array(folder: Path) -> None:
    path = next(folder.glob("seg-*/docs.npy"))
    path.write_bytes(path.read_bytes()[:-8])


def damage_by_loss(folder: Path) -> None:
    shutil.rmtree(next(folder.glob("seg-*")))


def damage_text(folder: Path) -> None:
    path = next(folder.glob("seg-*/lyrics.txt"))
    path.write_bytes(path.read_bytes()[:-8])


DAMAGES = [damage_manifest, damage_by_another_version, damage_by_missing_keys, damage_array, damage_by_loss, damage_text]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_refused_when_opened_and_written_anew_when_refreshed(
    engine: Engine, url: str, folder: Path, damage: Callable[[Path], None]
) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    damage(folder)
    with pytest.raises(IndexDamaged, match="reumi index --rebuild"):
        Index.open(folder)
    assert ids(refresh(folder, url)) == {"1", "2", "3", "4", "5"}


def test_what_a_killed_writer_left_is_ignored_and_tidied_up(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    (folder / "seg-half").mkdir()
    (folder / "seg-half" / "docs.npy").write_bytes(b"\x93NUMPY")
    (folder / f"{MANIFEST}.new").write_text("{")
    assert len(refresh(folder, url)) == 5
    store_songs(engine, [6])
    assert len(refresh(folder, url)) == 6
    assert not (folder / "seg-half").exists()


def test_an_index_of_another_data_set_is_written_anew(sqlite_engine: Engine, tmp_path: Path, folder: Path) -> None:
    store_songs(sqlite_engine, range(1, 6))
    refresh(folder, str(sqlite_engine.url))
    other = open_for_writing(f"sqlite:///{tmp_path / 'other.db'}")
    store_songs(other, [70, 71])
    other.dispose()
    assert ids(refresh(folder, str(other.url))) == {"70", "71"}
    assert ids(refresh(folder, str(sqlite_engine.url))) == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize("tick", [0, 10**18], ids=["in good time", "a moment after the last change"])
def test_a_file_put_in_the_database_s_place_is_noticed(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tick: int) -> None:
    monkeypatch.setattr("recommender.place._TICK_NS", tick)
    path, backup = tmp_path / "songs.db", tmp_path / "backup.db"
    engine = open_for_writing(f"sqlite:///{path}")
    store_songs(engine, range(1, 4))
    engine.dispose()
    shutil.copy2(path, backup)
    store_songs(engine, [4])
    engine.dispose()
    assert ids(refresh(folder, str(path))) == {"1", "2", "3", "4"}
    backup.replace(path)
    # The backup goes its own way, up to the number of changes that the index has seen of the other.
    store_songs(engine, [5])
    engine.dispose()
    assert ids(refresh(folder, str(path))) == {"1", "2", "3", "5"}


def test_an_earlier_state_of_a_server_s_data_set_is_noticed(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 4))
    refresh(folder, url)
    manifest = json.loads((folder / MANIFEST).read_text())
    own, _, revision = manifest["data_version"].rpartition("-")
    (folder / MANIFEST).write_text(json.dumps({**manifest, "data_version": f"{own}-{int(revision) + 5}"}))
    index = refresh(folder, url)
    assert index.manifest.data_version == f"{own}-{revision}"
    assert folders(index) != [entry["folder"] for entry in manifest["segments"]]


def test_a_reader_does_not_wait_for_a_writer(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    refresh(folder, url)
    store_songs(engine, [6])
    with writing(folder) as ours:
        assert ours
        assert len(refresh(folder, url)) == 5
    assert len(refresh(folder, url)) == 6


def test_the_first_reader_waits_for_the_index_that_another_writes(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    found: list[int] = []
    with writing(folder):
        reader = threading.Thread(target=lambda: found.append(len(refresh(folder, url))))
        reader.start()
        reader.join(0.3)
        assert reader.is_alive()
    reader.join(30)
    assert found == [5]


@pytest.fixture
def readers(folder: Path) -> Iterator[Callable[[int], list[object]]]:
    """Starts threads that open and ask the index over and over; ends them and hands back what went wrong."""
    stop, troubles, threads = threading.Event(), list[object](), list[threading.Thread]()
    asked = 0

    def read() -> None:
        nonlocal asked
        while not stop.is_set():
            index = Index.open(folder)
            try:
                assert index is not None
                songs = Recommender(index, SadReader()).recommend("슬픈 새벽 버스", 3).songs
                assert len({song.song_id for song in songs}) == 3
                asked += 1
            except Exception as error:
                troubles.append(error)

    def work(count: int) -> list[object]:
        threads.extend(threading.Thread(target=read) for _ in range(count))
        for thread in threads:
            thread.start()
        return troubles

    yield work
    stop.set()
    for thread in threads:
        thread.join()
    assert asked > 0
    assert troubles == []


def test_many_readers_go_on_while_the_index_is_rebuilt_and_added_to(
    sqlite_engine: Engine, folder: Path, readers: Callable[[int], list[object]]
) -> None:
    url = str(sqlite_engine.url)
    store_songs(sqlite_engine, range(1, 20))
    refresh(folder, url)
    readers(4)
    for number in range(30, 38):
        store_songs(sqlite_engine, [number])
        refresh(folder, url)
        refresh(folder, url, rebuild=True)


def test_two_writers_leave_one_whole_index(engine: Engine, url: str, folder: Path) -> None:
    store_songs(engine, range(1, 6))
    threads = [threading.Thread(target=refresh, args=(folder, url), kwargs={"rebuild": True}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    index = Index.open(folder)
    assert index is not None
    assert ids(index) == {"1", "2", "3", "4", "5"}
    assert len(list(folder.glob("seg-*"))) == 1


ANSWER = """
import json, sys
from recommender.service import Recommender
import numpy as np
class Reader:
    fingerprint = "sad-1"
    def predict_proba(self, lines):
        return np.tile(np.array([0.05, 0.05, 0.05, 0.05, 0.05, 0.65, 0.1], dtype=np.float32), (len(lines), 1))
songs = Recommender.open(sys.argv[1], classifier=Reader()).recommend("새벽 버스", 3).songs
heavy = sorted({"sqlalchemy", "alembic", "torch", "pandas", "sklearn", "scipy"} & set(sys.modules))
print(json.dumps({"songs": len(songs), "heavy": heavy}))
"""


def in_a_new_process(database: str) -> dict[str, object]:
    outcome = subprocess.run([sys.executable, "-c", ANSWER, database], capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(outcome.stdout)
    return answer


def test_a_fresh_index_answers_without_the_database_library(sqlite_engine: Engine) -> None:
    store_songs(sqlite_engine, range(1, 6))
    sqlite_engine.dispose()
    database = str(sqlite_engine.url.database)
    settle(database)
    refresh(index_folder(database), database)
    assert in_a_new_process(database) == {"songs": 3, "heavy": []}
    store_songs(sqlite_engine, [6])
    sqlite_engine.dispose()
    assert "sqlalchemy" in str(in_a_new_process(database)["heavy"])


def settle(database: str) -> None:
    """Wait until the file's time of change lies a clock tick back."""
    while not (stamp := stamp_of(database)) or not stamp.is_settled:
        time.sleep(0.005)


def test_a_stamp_is_kept_only_when_a_later_change_must_show(sqlite_engine: Engine, folder: Path) -> None:
    store_songs(sqlite_engine, [1])
    sqlite_engine.dispose()
    database = str(sqlite_engine.url.database)
    settle(database)
    refresh(folder, database)
    assert read_stamp(folder) == stamp_of(database)
    (folder / "stamp.json").write_text('{"file": 3}')
    assert read_stamp(folder) is None
    assert len(refresh(folder, database)) == 1
    assert read_stamp(folder) == stamp_of(database)


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(sqlite_engine: Engine, tmp_path: Path) -> None:
    store_songs(sqlite_engine, [1])
    (tmp_path / "index").write_text("a file in the way")
    with pytest.raises(IndexUnwritable, match="REUMI_INDEX_DIR"):
        refresh(tmp_path / "index", str(sqlite_engine.url))
