"""Every way in which the site can misbehave, with a real browser: the crawl ends in time, healthy pages are stored, manners hold."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reumi.replica.server import Faults, Replica

pytestmark = pytest.mark.browser
Crawl = Callable[..., int]
SONGS = 10

# Fault, exit code, how many of the ten songs end with their own page read.
PASSING = {
    "every fifth page hangs": Faults(hang=True, every=5, times=3),
    "every fifth page drips": Faults(drip=0.4, every=5, times=2),
    "connections dropped before the answer": Faults(drop="before", every=3, times=4),
    "connections dropped in the middle": Faults(drop="middle", every=3, times=4),
    "pages that end early": Faults(truncate=0.6, every=3, times=4),
    "a wrong charset now and then": Faults(charset="euc-kr", every=4, times=3),
    "an error page with status 200": Faults(sys_error_200=True, every=6, times=2),
    "a refusal that passes": Faults(status=406, every=6, times=2),
    "an empty document now and then": Faults(empty=True, every=6, times=2),
    "a block page with status 200": Faults(block_page=True, every=6, times=2),
    "everything fails once with 500": Faults(fail_once=503, only="/song/"),
    "too many requests": Faults(limit_after=8, block_window=0.4, retry_after=1),
    "slow likes": Faults(likes_latency=800),
    "likes in another order": Faults(likes_shuffled=True),
    "bare libraries refused": Faults(no_agent=True),
    "slow answers": Faults(latency=120),
}
LASTING = {
    "refused for good": (Faults(status=406, only="/song/"), 5, 0),
    "refused after some pages": (Faults(block_after=6, block_seconds=3600), 5, None),
    "refused on one path only": (Faults(block_after=1, block_path="/song/", block_seconds=3600), 5, None),
    "every song page hangs": (Faults(hang=True, only="/song/"), 4, 0),
    "every song page is an error": (Faults(status=500, only="/song/"), 4, 0),
    "every song page has a new layout": (Faults(rename="song_name", only="/song/"), 3, 0),
    "lists without rows": (Faults(no_rows=True), 3, 0),
    "lists with a renamed class": (Faults(rename="rank02"), 3, 0),
    "a redesign": (Faults(layout="v2"), 3, 0),
    "likes that never come": (Faults(likes_status=500), 0, SONGS),
    "likes cut off": (Faults(likes_broken=True), 3, SONGS),
    "likes missing for some": (Faults(likes_missing=3), 0, SONGS),
}


def _songs(folder: Path) -> list[tuple[str, str | None, int | None, str]]:
    with sqlite3.connect(folder / "songs.db") as connection:
        return connection.execute("SELECT title, lyrics, likes, lyrics_status FROM songs").fetchall()


def _read(folder: Path) -> int:
    return sum(status != "unread" for *_, status in _songs(folder))


def _assert_clean(folder: Path) -> None:
    for title, lyrics, likes, _ in _songs(folder):
        assert title
        assert likes is None or likes > 0
        assert lyrics is None or "펼치기" not in lyrics


def _assert_manners(replica: Replica, gap: float) -> None:
    """No ten-second window holds more requests than the gap allows, and nothing beside pages was asked for."""
    times = sorted(request.time for request in replica.requests)
    most = max(sum(start <= other < start + 10.0 for other in times) for start in times)
    assert most <= 10.0 / gap + 2
    allowed = ("/robots.txt", "/genre/song_listPaging.htm", "/song/detail.htm", "/commonlike/")
    assert all(request.path.startswith(allowed) for request in replica.requests)


@pytest.mark.slow
@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_costs_time_but_no_data(
    crawl: Crawl, environment: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("REUMI_LOOPBACK_GAP", "0.05")
    monkeypatch.setenv("REUMI_PAGE_TIMEOUT", "4")
    replica.faults = PASSING[name]
    began = time.monotonic()
    assert crawl("--genre", "발라드", "--listing", "popular", "--limit", str(SONGS)) == 0
    assert time.monotonic() - began < 120
    assert (len(_songs(environment)), _read(environment)) == (SONGS, SONGS)
    _assert_clean(environment)
    _assert_manners(replica, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_fault_ends_the_run_with_its_code_and_no_garbage(
    crawl: Crawl, environment: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("REUMI_LOOPBACK_GAP", "0.05")
    monkeypatch.setenv("REUMI_PAGE_TIMEOUT", "4")
    replica.faults, code, read = LASTING[name]
    began = time.monotonic()
    assert crawl("--genre", "발라드", "--listing", "popular", "--limit", str(SONGS)) == code
    assert time.monotonic() - began < 120
    _assert_clean(environment)
    _assert_manners(replica, 0.05)
    if read is not None:
        assert _read(environment) == read
    replica.faults = Faults()
    replica.gate.__init__()  # type: ignore[misc]  # the site has forgotten its refusals
    assert crawl("--genre", "발라드", "--listing", "popular", "--limit", str(SONGS)) == 0
    assert (len(_songs(environment)), _read(environment)) == (SONGS, SONGS)
