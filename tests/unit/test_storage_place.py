"""Which file a database URL means, without the database library and in agreement with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from storage.engine import open_engine, parse_url, place_of
from storage.errors import CannotOpen
from storage.place import absolute_url, as_url, sqlite_file

FILES = {
    "reumi.db": "reumi.db",
    "노래 모음/곡.db": "노래 모음/곡.db",
    "50%20off?.db": "50%20off?.db",
    "/data/songs.db": "/data/songs.db",
    "sqlite:///reumi.db": "reumi.db",
    "sqlite+pysqlite:///reumi.db": "reumi.db",
    "sqlite:////data/songs.db": "/data/songs.db",
    "sqlite:///songs.db?timeout=5": "songs.db",
    "sqlite:///two%20words.db": "two words.db",
}
NO_FILES = ["", "sqlite://", "sqlite:///", ":memory:", "sqlite:///:memory:", "postgresql+psycopg://me@host/songs"]


@pytest.mark.parametrize(("url", "file"), FILES.items())
def test_a_url_means_the_file_that_is_opened(url: str, file: str, tmp_path: Path) -> None:
    assert sqlite_file(url) == Path(file)
    assert parse_url(url).database == file
    absolute = absolute_url(url, tmp_path)
    assert sqlite_file(absolute) == tmp_path / file == Path(str(parse_url(absolute).database))
    assert absolute_url(absolute, Path("/elsewhere")) == absolute


@pytest.mark.parametrize("url", NO_FILES)
def test_a_server_and_a_database_in_memory_have_no_file(url: str, tmp_path: Path) -> None:
    assert sqlite_file(url) is None
    assert absolute_url(url, tmp_path) == as_url(url)


def test_the_driver_and_the_options_of_a_url_stay(tmp_path: Path) -> None:
    assert absolute_url("sqlite+pysqlite:///songs.db?timeout=5", tmp_path) == f"sqlite+pysqlite:///{tmp_path}/songs.db?timeout=5"


def test_a_file_with_an_unusual_name_is_made_under_that_name(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "50%20off?.db"))
    assert place_of(engine) == str(tmp_path / "50%20off?.db")
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir() if "-" not in path.name] == ["50%20off?.db"]


@pytest.mark.parametrize("url", ["sqlite://reumi.db", "sqlite://host/reumi.db"])
def test_two_slashes_too_few_are_said(url: str) -> None:
    with pytest.raises(CannotOpen, match="write three slashes"):
        open_engine(url)


def test_a_place_is_read_without_the_database_library() -> None:
    program = "import sys, storage.place, recommender.place; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
