"""Places that are no usable database: one sentence each, nothing harmed, no password shown."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from storage.copy import backup
from storage.engine import open_engine, reading, writing
from storage.errors import CannotOpen, CannotWrite, CopyFailed, ExportFailed, NoDataSet, StorageError
from storage.export import export
from storage.import_csv import import_file
from storage.schema import open_for_reading, open_for_writing, upgrade


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear diary, " * 500)
    before = file.read_bytes()
    for opener in (open_for_writing, open_for_reading):
        with pytest.raises(CannotOpen, match=r"letter\.txt is not an SQLite database"):
            opener(f"sqlite:///{file}")
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_foreign_database_is_not_written_to(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    foreign = sqlite3.connect(file)
    foreign.execute("CREATE TABLE songs (id)")
    foreign.commit()
    foreign.close()
    for opener in (open_for_writing, open_for_reading):
        with pytest.raises(CannotOpen, match="is not ReUmi's, it holds the tables songs"):
            opener(f"sqlite:///{file}")
    with pytest.raises(CannotOpen, match="is not ReUmi's"):
        upgrade(open_engine(f"sqlite:///{file}"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://", "databases of the kind|cannot be read"),
        ("mysql://root@localhost/x", "databases of the kind mysql"),
        ("sqlite:////nowhere/at/all/songs.db", "the folder /nowhere/at/all does not exist"),
        ("sqlite:////tmp", "it is a folder"),
        ("postgresql://me@\udcff/songs", "cannot be read"),
        ("postgresql://me@localhost/songs%00", "cannot be read"),
        ("sqlite:///songs.db?timeout=soon", "an option of its URL has no such value"),
        ("sqlite:///songs.db?timeout=5&timeout=6", "an option of its URL has no such value"),
        ("sqlite:///a\0b.db", "no file's name holds NUL"),
        ("sqlite:///a%00b.db", "no file's name holds NUL"),
        ("a\ud800b.db", "half a surrogate pair"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused(url: str, message: str) -> None:
    with pytest.raises(CannotOpen, match=message):
        open_engine(url)


def test_reading_never_makes_a_file(tmp_path: Path) -> None:
    with pytest.raises(NoDataSet, match="reumi import FILE"):
        open_for_reading(f"sqlite:///{tmp_path / 'absent.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
def test_a_server_that_is_not_there_is_named_without_its_password(host: str) -> None:
    with pytest.raises(CannotOpen) as refused:
        open_engine(f"postgresql+psycopg://reumi:s3cret@{host}/songs")
    assert host.partition(":")[0] in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.postgres
def test_a_database_that_the_server_lacks_is_named(postgres_url: str) -> None:
    absent = make_url(postgres_url).set(database="no_such_database").render_as_string(hide_password=False)
    with pytest.raises(CannotOpen, match=r"no_such_database\S* was not found"):
        open_engine(absent)


@pytest.mark.postgres
def test_a_wrong_password_is_said_without_showing_it(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE ROLE reumi_guest LOGIN PASSWORD 'right'"))
    try:
        wrong = make_url(postgres_url).set(username="reumi_guest", password="s3cret").render_as_string(hide_password=False)
        with pytest.raises(CannotOpen, match="refused the user name or password") as refused:
            open_engine(wrong)
        assert "s3cret" not in str(refused.value)
    finally:
        with writing(engine) as connection:
            connection.execute(text("DROP ROLE reumi_guest"))
        engine.dispose()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(CannotOpen, match="is read-only"):
            open_engine(f"sqlite:///{tmp_path / 'songs.db'}")
    finally:
        tmp_path.chmod(0o755)


def lock(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO job_locks VALUES (:name, '', '', '')"), {"name": name})


def lock_names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        return list(connection.execute(text("SELECT name FROM job_locks")).scalars())


def test_a_write_that_finds_no_room_is_one_sentence_and_is_taken_back(tmp_path: Path) -> None:
    engine = open_for_writing(f"sqlite:///{tmp_path / 'songs.db'}")
    lock(engine, "kept")
    with engine.connect() as connection:
        # SQLite's own limit of pages answers exactly as a full disk does; the pool hands this connection out again.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(CannotWrite, match="the disk is full"):
        lock(engine, "x" * 200_000)
    assert lock_names(engine) == ["kept"]
    engine.dispose()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 3 MB, where this machine lets us mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small tmpfs needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_costs_nothing_that_was_committed(small_disk: Path) -> None:
    engine = open_for_writing(f"sqlite:///{small_disk / 'songs.db'}")
    lock(engine, "kept")
    with pytest.raises(CannotWrite, match=r"disk is full|disk reports an error"):
        lock(engine, "x" * 4_000_000)
    assert lock_names(engine) == ["kept"]
    engine.dispose()


def test_a_read_only_disk_is_read_and_never_written(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk / 'songs.db'}"
    engine = open_for_writing(url)
    lock(engine, "kept")
    engine.dispose()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    reader = open_for_reading(url)
    assert lock_names(reader) == ["kept"]
    with pytest.raises(CannotWrite, match="read-only"):
        lock(reader, "another")
    reader.dispose()
    with pytest.raises(StorageError, match=r"read-only|cannot be opened"):
        open_for_writing(url)
    with pytest.raises(CopyFailed, match=r"backup\.db.*(read-only|cannot be opened|may not write)"):
        backup(url, small_disk / "backup.db")


def test_a_backup_that_finds_no_room_leaves_nothing(small_disk: Path, sqlite_engine: Engine) -> None:
    lock(sqlite_engine, "x" * 4_000_000)
    with pytest.raises(CopyFailed, match=r"backup\.db cannot be written, the disk is full"):
        backup(str(sqlite_engine.url), small_disk / "backup.db")
    assert list(small_disk.iterdir()) == []


def test_an_export_to_a_full_disk_leaves_the_older_file(small_disk: Path, sqlite_engine: Engine) -> None:
    song = {"title": "t", "artist": "a", "lyrics": "가" * 100_000}
    source = small_disk.parent / "songs.jsonl"
    source.write_text("\n".join(json.dumps(song | {"title": str(number)}) for number in range(20)))
    import_file(sqlite_engine, source)
    target = small_disk / "songs.csv"
    target.write_text("precious")
    with pytest.raises(ExportFailed, match="the disk is full: free some space"):
        export(sqlite_engine, target)
    assert target.read_text() == "precious"
    assert [path.name for path in small_disk.iterdir()] == ["songs.csv"]
