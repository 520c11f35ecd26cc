"""Where the index of a data set lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.place import index_folder, stamp_of


def test_a_server_s_index_folder_does_not_depend_on_the_password() -> None:
    named = {index_folder(f"postgresql+psycopg://{user}@host:5432/songs") for user in ("me:one", "me:two", "you")}
    assert len(named) == 1
    assert index_folder("postgresql+psycopg://me@host:5432/others") not in named
    for url in ("sqlite:///data/songs.db", "sqlite+pysqlite:///data/songs.db", "sqlite:///data/songs.db?timeout=5", "data/songs.db"):
        assert index_folder(url) == Path("data/songs.db.index")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_has_no_stamp_and_an_index_elsewhere(url: str) -> None:
    assert stamp_of(url) is None
    assert index_folder(url).name.startswith("reumi-index-")


def test_each_encoder_has_an_index_of_its_own() -> None:
    assert index_folder("sqlite:///data/songs.db", encoder="words-1-of-a-test") == Path("data/songs.db.index-words-1-")
    assert index_folder("songs.db", "elsewhere/index", "abcdef0123") == Path("elsewhere/index-abcdef01")
    assert index_folder("songs.db", "elsewhere/index") == Path("elsewhere/index")
