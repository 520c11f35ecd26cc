"""`reumi crawl` with a real Chromium against the replica."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reumi.replica.server import Faults, Replica
from tests.browser.conftest import browsers_of

pytestmark = pytest.mark.browser
lent = pytest.mark.usefixtures("lent_browser")
Crawl = Callable[..., int]


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "songs.db") as connection:
        return connection.execute(query).fetchall()


@lent
def test_lists_charts_likes_and_lyrics_are_stored_as_the_site_has_them(crawl: Crawl, environment: Path, replica: Replica) -> None:
    assert crawl("--genre", "발라드", "--chart", "top100", "--chart", "week") == 0
    songs = rows(environment, "SELECT count(*), count(title), count(artist), sum(lyrics_status = 'unread') FROM songs")[0]
    assert songs[0] >= 100
    assert songs == (songs[0], songs[0], songs[0], 0)
    assert rows(environment, "SELECT count(*) FROM songs WHERE lyrics LIKE '%펼치기%'") == [(0,)]
    unknown = rows(environment, "SELECT lyrics_status FROM songs WHERE likes IS NULL OR likes = 0")
    assert set(unknown) <= {("missing_song",)}  # the site answers nothing for a song that it no longer has
    assert rows(environment, "SELECT list_name, count(*) FROM list_entries WHERE list_name LIKE 'chart%' GROUP BY 1 ORDER BY 1") == [
        ("chart/top100/GN0000", 100),
        ("chart/week/GN0000", 100),
    ]
    periods = dict(rows(environment, "SELECT list_name, max(period) FROM list_entries GROUP BY 1"))
    assert periods["chart/top100/GN0000"] == "2026112421"
    assert len(periods["chart/week/GN0000"]) == 17


@lent
def test_crawling_again_reads_no_song_page_and_adds_no_song(crawl: Crawl, environment: Path, replica: Replica) -> None:
    crawl("--genre", "댄스")
    before = rows(environment, "SELECT count(*) FROM songs")
    replica.clear()
    assert crawl("--genre", "댄스") == 0
    assert replica.pages("/song/") == []
    assert rows(environment, "SELECT count(*) FROM songs") == before


@lent
def test_likes_grow_into_a_history(crawl: Crawl, environment: Path, replica: Replica) -> None:
    crawl("--genre", "댄스", "--limit", "3")
    replica.advance(timedelta(days=3))
    crawl("--genre", "댄스", "--limit", "3")
    most = rows(environment, "SELECT max(n) FROM (SELECT count(DISTINCT likes) AS n FROM like_snapshots GROUP BY song_id)")
    assert most[0][0] >= 2


def test_the_browser_asks_for_nothing_beside_the_pages_and_names_itself(
    crawl: Crawl, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REUMI_USER_AGENT", "ReUmi-test/1 (+someone)")
    crawl("--genre", "록", "--listing", "steady", "--limit", "5")
    asked = [request.path for request in replica.requests]
    assert asked[0] == "/robots.txt"
    assert len(asked) == len(replica.pages()) + 1
    assert {request.user_agent for request in replica.requests} == {"ReUmi-test/1 (+someone)"}


@lent
def test_a_site_whose_robots_file_forbids_it_is_left_alone(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crawl: Crawl
) -> None:
    with Replica(robots="melon") as strict:
        monkeypatch.setenv("REUMI_SITE_URL", strict.url)
        assert crawl("--chart", "top100") == 5
        assert [request.path for request in strict.requests] == ["/robots.txt"]
        message = capsys.readouterr().err
        assert "robots.txt" in message
        assert "--ignore-robots" in message
        assert len(message.splitlines()) == 1
        assert crawl("--chart", "top100", "--limit", "2", "--ignore-robots") == 0
    assert rows(environment, "SELECT ignored_robots FROM crawl_runs") == [(1,)]


@lent
def test_an_unreachable_site_is_one_sentence(
    replica: Replica, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crawl: Crawl
) -> None:
    replica.close()
    assert crawl("--chart", "top100") == 4
    message = capsys.readouterr().err
    assert "ERR_CONNECTION_REFUSED" in message
    assert len(message.splitlines()) == 1


def test_a_machine_without_a_browser_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crawl: Crawl, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert crawl("--chart", "top100") == 1
    assert "apt install chromium" in capsys.readouterr().err


@lent
def test_the_redesigned_site_is_caught_in_the_first_run(
    crawl: Crawl, environment: Path, replica: Replica, capsys: pytest.CaptureFixture[str]
) -> None:
    crawl("--genre", "인디", "--limit", "5")
    before = rows(environment, "SELECT song_id, title, lyrics, likes FROM songs ORDER BY 1")
    replica.faults = Faults(layout="v2")
    assert crawl("--genre", "인디", "--genre", "록", "--limit", "5") == 3
    assert rows(environment, "SELECT song_id, title, lyrics, likes FROM songs ORDER BY 1") == before
    kept = sorted(path.suffix for path in (environment / "kept-pages").iterdir())
    assert kept == [".gz", ".json", ".png"]
    assert "layout changed" in capsys.readouterr().err


@lent
@pytest.mark.parametrize("layout", ["old", "2018"])
def test_the_layouts_of_earlier_years_are_read_alike(crawl: Crawl, environment: Path, replica: Replica, layout: str) -> None:
    replica.faults = Faults(layout=layout)
    assert crawl("--genre", "발라드", "--chart", "day", "--limit", "10") == 0
    assert rows(environment, "SELECT count(*) FROM list_entries") == [(30,)]


@lent
def test_a_promoted_row_and_rows_without_rank_do_not_shift_the_chart(crawl: Crawl, environment: Path, replica: Replica) -> None:
    crawl("--chart", "day", "--limit", "40")
    plain = rows(environment, "SELECT rank, song_id FROM list_entries ORDER BY rank")
    for faults in (Faults(promoted=True), Faults(hits24=True)):
        replica.faults = faults
        crawl("--chart", "day", "--limit", "40")
        latest = "SELECT rank, song_id FROM list_entries WHERE observed_at = (SELECT max(observed_at) FROM list_entries) ORDER BY rank"
        assert rows(environment, latest) == plain


@lent
def test_a_recording_gives_the_same_data_without_the_site(
    crawl: Crawl, environment: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crawl("--genre", "R&B/Soul", "--record", "tape") == 0
    replica.close()
    monkeypatch.setenv("PATH", "")  # no browser is needed either
    assert crawl("--genre", "R&B/Soul", "--replay", "tape", "--db", str(environment / "again.db")) == 0
    content = "SELECT song_id, title, artist, album, lyrics, likes, likes_at FROM songs ORDER BY 1"
    first = rows(environment, content)
    with sqlite3.connect(environment / "again.db") as connection:
        assert [row[:-1] for row in connection.execute(content).fetchall()] == [row[:-1] for row in first]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_within_seconds_and_leaves_no_process(
    crawl: Crawl,
    crawl_process: Callable[..., Any],
    environment: Path,
    replica: Replica,
    browser_home: Path,
    ending: signal.Signals,
) -> None:
    # Few songs, slowly: the signal comes long before the last, and the resumed crawl is short.
    replica.faults = Faults(latency=200)
    process = crawl_process("--genre", "발라드", "--limit", "20")
    deadline = time.monotonic() + 60
    while len(replica.pages("/song/")) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(ending)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "--resume" in out
    assert browsers_of(browser_home) == []
    replica.faults = Faults()
    read = {request.path for request in replica.pages("/song/")}
    stored = rows(environment, "SELECT count(lyrics) + sum(lyrics_status IN ('pending', 'adult', 'none')) FROM songs")[0][0]
    replica.clear()
    assert crawl("--resume") == 0
    again = {request.path for request in replica.pages("/song/")}
    assert len(again & read) <= len(read) - stored  # only the page in flight may be asked for twice
    assert rows(environment, "SELECT count(*) FROM songs WHERE lyrics_status = 'unread'") == [(0,)]


@lent
def test_every_lyric_case_of_the_site_is_told_apart(crawl: Crawl, environment: Path, replica: Replica) -> None:
    # The genres that hold a song of each case.
    genres = [word for genre in ("댄스", "랩/힙합", "R&B/Soul", "록") for word in ("--genre", genre)]
    assert crawl(*genres, "--listing", "newest", "--listing", "popular") == 0
    found = dict(rows(environment, "SELECT lyrics_status, count(*) FROM songs GROUP BY 1"))
    assert {"ok", "pending", "adult", "none", "missing_song"} <= set(found)
    assert "unread" not in found
    assert rows(environment, "SELECT count(*) FROM songs WHERE (lyrics_status = 'ok') != (lyrics IS NOT NULL)") == [(0,)]
