"""Whole data sets on the move: backups under way, copies between the engines, and what they refuse."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine, select, text

from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, ListedSong, Listing, ListKey
from storage.copy import backup, copy
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.engine import reading, writing
from storage.errors import CopyFailed, NoDataSet
from storage.job_alerts import queue_alert
from storage.job_runs import take_by_hand
from storage.models import Base, Song
from storage.runs import start_run
from storage.schema import check, open_for_reading, open_for_writing
from storage.snapshot import data_version

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
KEY = ListKey(genre_code="GN0100", listing=Listing.STEADY)


def fill(engine: Engine, songs: int = 5) -> CrawlStore:
    store = CrawlStore(engine, start_run(engine, {"b": [1, {"z": 1, "a": None}]}, "http://site", "test", False), "me")
    page = PageTask("list", TaskKind.LIST, "http://site", list_key=KEY)
    store.add([page, PageTask("rest", TaskKind.SONG, "http://site")])
    listed = tuple(ListedSong(str(number), f"노래 {number}", (Artist("가수", "7"),), rank=number) for number in range(1, songs + 1))
    store.save(page, Harvest(NOON, KEY, listed, likes={str(number): number for number in range(1, songs + 1)}))
    probabilities = np.linspace(0, 1, 7, dtype=np.float32)
    row = SongEmotionRow("1", "h", 1, (1, 0, 0, 0, 0, 0, 0), tuple(probabilities), "행복")
    EmotionStore(engine, "f").save([row], {"l": probabilities})
    return store


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in Base.metadata.sorted_tables
        }


def test_a_copy_to_the_other_engine_and_back_is_the_same_data_set(engine: Engine, database: str, tmp_path: Path) -> None:
    fill(engine)
    there, back = f"sqlite:///{tmp_path / 'there.db'}", f"sqlite:///{tmp_path / 'back.db'}"
    rows = copy(database, there)
    assert rows["songs"] == 5
    assert rows["frontier_pages"] == 2
    copy(there, back)
    copied = open_for_reading(back)
    assert content(copied) == content(engine)
    assert data_version(copied) == data_version(engine)
    assert check(copied) == []


@pytest.mark.postgres
def test_a_copy_into_postgresql_goes_on_counting_where_the_source_stood(tmp_path: Path, postgres_url: str) -> None:
    source = open_for_writing(f"sqlite:///{tmp_path / 'songs.db'}")
    store = fill(source, songs=2500)
    run = take_by_hand(source, "nightly", [], NOON, "me")
    queue_alert(source, "command", "failed", run, {}, NOON, NOON)
    rows = copy(f"sqlite:///{tmp_path / 'songs.db'}", postgres_url)
    assert (rows["songs"], rows["like_snapshots"], rows["job_alerts"]) == (2500, 2500, 1)
    target = open_for_writing(postgres_url)
    assert content(target) == content(source)
    CrawlStore(target, store._run_id, "me").add([PageTask("one more", TaskKind.SONG, "http://site")])
    assert take_by_hand(target, "hourly", [], NOON, "me").id == 2
    assert queue_alert(target, "webhook", "failed", run, {}, NOON, NOON).id == 2
    target.dispose()


def test_a_copy_never_mixes_with_data_that_is_there(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    other = open_for_writing(f"sqlite:///{tmp_path / 'other.db'}")
    fill(other, 2)
    before = content(other)
    with pytest.raises(CopyFailed, match="already holds data"):
        copy(f"sqlite:///{tmp_path / 'songs.db'}", f"sqlite:///{tmp_path / 'other.db'}")
    assert content(other) == before


def test_a_copy_that_differs_is_taken_back(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    target = f"sqlite:///{tmp_path / 'target.db'}"
    open_for_writing(target).dispose()
    spoiler = create_engine(target)
    with spoiler.begin() as connection:
        connection.execute(text("CREATE TRIGGER spoil AFTER INSERT ON songs BEGIN UPDATE songs SET title = 'x' WHERE song_id = '3'; END"))
    with pytest.raises(CopyFailed, match=r"the copy of songs .* nothing was kept"):
        copy(f"sqlite:///{tmp_path / 'songs.db'}", target)
    with spoiler.connect() as connection:
        assert connection.execute(select(Song.song_id)).all() == []
    spoiler.dispose()


def test_a_backup_is_whole_while_others_write(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine, 400)
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            with writing(sqlite_engine) as connection:
                connection.execute(text("UPDATE songs SET title = title || 'x', artist = artist || 'x'"))

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        size = backup(f"sqlite:///{tmp_path / 'songs.db'}", tmp_path / "backup.db")
    finally:
        stop.set()
        writer.join()
    assert size == (tmp_path / "backup.db").stat().st_size
    copied = open_for_reading(f"sqlite:///{tmp_path / 'backup.db'}")
    assert check(copied) == []
    with reading(copied) as connection:
        titles = connection.execute(select(Song.title, Song.artist)).all()
    assert len({(title.count("x"), artist.count("x")) for title, artist in titles}) == 1, "all rows are of one state"
    copied.dispose()


def test_a_backup_replaces_the_older_one_in_one_step_and_leaves_nothing_else(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    folder = tmp_path / "backups"
    folder.mkdir()
    for _ in range(2):
        backup(f"sqlite:///{tmp_path / 'songs.db'}", folder / "backup.db")
    assert [path.name for path in folder.iterdir()] == ["backup.db"]
    raw = sqlite3.connect(folder / "backup.db")
    assert raw.execute("SELECT count(*) FROM songs").fetchone() == (5,)
    raw.close()


def die_while_writing(file: Path, mode: str) -> None:
    """Change a database's songs and end without closing it: the changes, or the way back from them, stand beside the file."""
    lines = [f"PRAGMA journal_mode={mode}", "PRAGMA cache_size=1", "BEGIN", "UPDATE songs SET title = 'of a dead process'"]
    if mode == "WAL":
        lines.append("COMMIT")
    code = f"import os, sqlite3\ndatabase = sqlite3.connect({str(file)!r}, isolation_level=None)\n"
    code += "".join(f"database.execute({line!r})\n" for line in lines) + "os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def titles(file: Path) -> set[str]:
    raw = sqlite3.connect(file)
    try:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {title for (title,) in raw.execute("SELECT title FROM songs")}
    finally:
        raw.close()


@pytest.mark.parametrize(("mode", "side"), [("WAL", "-wal"), ("DELETE", "-journal")])
def test_what_a_dead_process_left_beside_an_older_backup_is_not_replayed_over_the_new_one(
    sqlite_engine: Engine, tmp_path: Path, mode: str, side: str
) -> None:
    fill(sqlite_engine, 3000)
    file = tmp_path / "backup.db"
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    die_while_writing(file, mode)
    assert Path(f"{file}{side}").stat().st_size
    with writing(sqlite_engine) as connection:
        connection.execute(text("UPDATE songs SET title = 'new'"))
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    assert titles(file) == {"new"}
    assert [path.name for path in tmp_path.glob("backup.db*")] == ["backup.db"]


def test_side_files_without_their_database_do_not_reach_the_backup(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine, 3000)
    file = tmp_path / "backup.db"
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    die_while_writing(file, "WAL")
    file.unlink()
    with writing(sqlite_engine) as connection:
        connection.execute(text("UPDATE songs SET title = 'new'"))
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    assert titles(file) == {"new"}


def test_a_backup_that_cannot_take_its_place_leaves_the_older_one_whole(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_engine)
    file = tmp_path / "backup.db"
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    die_while_writing(file, "WAL")

    def fail(_part: Path, _file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CopyFailed, match="the disk is full"):
        backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    assert titles(file) == {"of a dead process"}


def test_a_backup_onto_a_database_that_is_in_use_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    file = tmp_path / "backup.db"
    backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    user = open_for_writing(f"sqlite:///{file}")
    with reading(user) as connection:
        connection.execute(select(Song.song_id)).all()
        with pytest.raises(CopyFailed, match=r"backup\.db is in use: end the program that has it open, or name another file"):
            backup(f"sqlite:///{tmp_path / 'songs.db'}", file)
    with writing(user) as connection:
        connection.execute(text("UPDATE songs SET title = 'still here'"))
    user.dispose()
    assert titles(file) == {"still here"}
    assert not list(tmp_path.glob(".backup.db*"))


def test_a_backup_takes_the_place_of_a_file_that_is_no_database(sqlite_engine: Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    (tmp_path / "backup.db").write_text("notes " * 100)
    (tmp_path / "backup.db-wal").write_text("more notes")
    backup(f"sqlite:///{tmp_path / 'songs.db'}", tmp_path / "backup.db")
    assert len(titles(tmp_path / "backup.db")) == 5
    assert [path.name for path in tmp_path.glob("backup.db*")] == ["backup.db"]


def test_a_backup_onto_the_database_itself_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(CopyFailed, match="the database itself"):
        backup(f"sqlite:///{tmp_path / 'songs.db'}", tmp_path / "songs.db")


def test_a_backup_into_a_folder_that_does_not_exist_says_so(sqlite_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(CopyFailed, match="check that its folder exists"):
        backup(f"sqlite:///{tmp_path / 'songs.db'}", tmp_path / "nowhere" / "b.db")


def test_nothing_is_copied_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoDataSet, match="reumi crawl"):
        copy(f"sqlite:///{tmp_path / 'absent.db'}", f"sqlite:///{tmp_path / 'target.db'}")
    assert list(tmp_path.iterdir()) == []
