"""An export or import that is killed leaves no partial file and no half an import."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROWS = 6000
EXPORT = "import sys; from reumi.cli.main import run; sys.exit(run(['export', sys.argv[1], '--db', sys.argv[2]]))"
IMPORT = "import sys; from reumi.cli.main import run; sys.exit(run(['import', sys.argv[1], '--db', sys.argv[2]]))"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source.jsonl"
    words = "가사 " * 300
    file.write_text("\n".join(json.dumps({"title": f"노래 {n}", "artist": "가수", "lyrics": f"{words}{n}"}) for n in range(ROWS)))
    return file


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seconds_of(code: str, *arguments: object) -> float:
    started = time.monotonic()
    assert start(code, *arguments).wait(120) == 0
    return time.monotonic() - started


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait(30)


def songs_in(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'songs'").fetchone():
            return 0
        return int(connection.execute("SELECT count(*) FROM songs").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.slow
def test_a_killed_import_is_all_or_nothing(source: Path, tmp_path: Path) -> None:
    whole = seconds_of(IMPORT, source, tmp_path / "whole.db")
    rng = random.Random(5)
    killed = 0
    for number in range(12):
        database = tmp_path / f"{number}.db"
        code = kill_after(start(IMPORT, source, database), rng.uniform(0.2, 1.1) * whole)
        killed += code == -signal.SIGKILL
        found = songs_in(database) if database.exists() else 0
        assert found in ((0,) if code else (ROWS,)) or (code and found == ROWS), "the kill came after the commit, or nothing is there"
        assert start(IMPORT, source, database).wait(120) == 0
        assert songs_in(database) == ROWS
    assert killed >= 3


@pytest.mark.slow
def test_a_killed_export_leaves_the_older_file_or_the_whole_new_one(source: Path, tmp_path: Path) -> None:
    database = tmp_path / "songs.db"
    assert start(IMPORT, source, database).wait(120) == 0
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "songs.csv"
    whole = seconds_of(EXPORT, target, database)
    complete = target.read_bytes()
    rng = random.Random(6)
    killed = 0
    for _ in range(12):
        target.write_bytes(b"older")
        code = kill_after(start(EXPORT, target, database), rng.uniform(0.3, 1.05) * whole)
        killed += code == -signal.SIGKILL
        assert target.read_bytes() in (b"older", complete)
        assert {path.name for path in folder.iterdir()} <= {"songs.csv", "songs.csv.manifest.json"}
    assert killed >= 3
