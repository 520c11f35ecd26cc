"""Every kind of list that the site has: past charts, sub-genres, pages beyond the first, the newest songs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reumi.replica.server import Faults, Replica

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lent_browser")]
Crawl = Callable[..., int]


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(filler=900) as running:
        yield running


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "songs.db") as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("chart", "date", "period"),
    [
        ("day", "2026-11-20", "20261120"),
        ("week", "2026-11-11", "20261109-20261115"),
        ("month", "2026-09", "202609"),
        ("top100", "2026-11-24T09", "2026112409"),
    ],
)
def test_a_chart_of_the_past_is_read_and_dated(
    crawl: Crawl, environment: Path, replica: Replica, chart: str, date: str, period: str
) -> None:
    assert crawl("--chart", chart, "--date", date, "--limit", "8") == 0
    assert rows(environment, "SELECT DISTINCT list_name, period FROM list_entries") == [(f"chart/{chart}/GN0000", period)]
    assert rows(environment, "SELECT count(*), min(rank), max(rank) FROM list_entries") == [(8, 1, 8)]


def test_a_list_is_read_beyond_its_first_page_without_gap_or_repeat(crawl: Crawl, environment: Path, replica: Replica) -> None:
    assert crawl("--genre", "발라드", "--listing", "newest", "--limit", "120") == 0
    found = rows(environment, "SELECT rank, song_id FROM list_entries ORDER BY rank")
    assert [rank for rank, _ in found] == list(range(1, 121))
    assert len({song_id for _, song_id in found}) == 120
    assert len(replica.pages("/genre/song_listPaging.htm")) == 3


def test_a_site_that_repeats_its_first_page_gives_that_page_once(crawl: Crawl, environment: Path, replica: Replica) -> None:
    replica.faults = Faults(repeat_page=True)
    assert crawl("--genre", "발라드", "--listing", "newest", "--limit", "120") == 0
    assert rows(environment, "SELECT count(*) FROM list_entries") == [(50,)]
    assert rows(environment, "SELECT verdict FROM crawl_runs") == [("degraded",)]


def test_a_sub_genre_is_a_list_of_its_own(crawl: Crawl, environment: Path, replica: Replica) -> None:
    assert crawl("--sub-genre", "GN0101", "--listing", "popular", "--limit", "5") == 0
    assert rows(environment, "SELECT DISTINCT list_name FROM list_entries") == [("genre/GN0101/popular",)]
    assert rows(environment, "SELECT DISTINCT genre_code FROM songs") == [("GN0100",)]


def test_the_hot100_and_the_newest_songs_are_read(crawl: Crawl, environment: Path, replica: Replica) -> None:
    assert crawl("--chart", "hot100", "--genre", "트로트", "--listing", "newest", "--limit", "6") == 0
    assert rows(environment, "SELECT list_name, count(*) FROM list_entries GROUP BY 1 ORDER BY 1") == [
        ("chart/hot100/GN0000", 6),
        ("genre/GN0700/newest", 6),
    ]
