"""`reumi crawl` as a command, without a browser: dry runs, refusals, and whole crawls from a recording."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from reumi.cli.main import run
from reumi.jobs.selection import Selection, plan_of
from scraper.crawl import Crawl, CrawlPolicy
from scraper.reader import Extent, list_task
from scraper.recording import RecordingFetcher
from scraper.records import Chart, Listing, ListKey
from scraper.site import Site
from storage.crawl_store import CrawlStore
from storage.owners import this_process
from storage.runs import start_run
from storage.schema import open_for_writing
from storage.site_locks import claim_site
from tests.small_site import SmallSite, UrllibFetcher, gone_page, song_page
from tests.small_site import text as answer

ADULT = song_page(2).replace(
    '<div class="lyric" id="d_video_summary">첫 줄 2<br>둘째 줄</div>',
    '<div class="lyric_none">청소년 보호법에 따라 성인 인증이 필요한 콘텐츠 입니다.</div>',
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("REUMI_SITE_URL", "REUMI_DATABASE_URL", "REUMI_REQUEST_GAP", "REUMI_MAX_REQUESTS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def tape(folder: Path) -> Path:
    """A recording of the steady sellers of one genre and of the TOP100, with an adult song and one that is gone."""
    pages = {"songId=2": answer(ADULT), "songId=3": answer(gone_page())}
    with SmallSite(
        songs={("GN0100", "steady"): list(range(1, 31))},
        chart=list(range(21, 41)),
        override=lambda path, _nth: next((page for part, page in pages.items() if path.endswith(part)), None),
    ) as small:
        site, engine = Site(small.root), open_for_writing(f"sqlite:///{folder / 'first.db'}")
        store = CrawlStore(engine, start_run(engine, {}, small.root, "test", False), this_process())
        fetcher = RecordingFetcher(UrllibFetcher(site), folder / "tape", small.root)
        keys = (ListKey(genre_code="GN0100", listing=Listing.STEADY), ListKey(chart=Chart.TOP100))
        Crawl(fetcher, store, store, CrawlPolicy(Extent()), site).run([list_task(site, key) for key in keys])
        engine.dispose()
    return folder / "tape"


def test_a_crawl_of_a_recording_ends_with_a_summary_for_people(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crawl", "--replay", str(tape), "--genre", "발라드", "--listing", "steady", "--chart", "top100"]) == 0
    said = capsys.readouterr().out
    assert "30 songs  발라드 steady sellers" in said
    assert "20 songs  TOP100 chart" in said
    assert "Songs: 40 on the lists: 40 new or due, 0 unchanged, 1 gone" in said
    assert "Likes: known for 40 of 40 songs" in said
    assert "Lyrics: adult 1, ok 38" in said
    assert "Verdict: ok" in said


def test_the_same_crawl_again_finds_nothing_new(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["crawl", "--replay", str(tape), "--genre", "발라드", "--listing", "steady"]
    run(arguments)
    capsys.readouterr()
    assert run(arguments) == 0
    assert "30 on the lists: 0 new or due, 30 unchanged" in capsys.readouterr().out


def test_lists_that_were_not_recorded_are_not_invented(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crawl", "--replay", str(tape), "--genre", "댄스"]) == 4
    assert "does not hold it" in capsys.readouterr().err


def test_a_dry_run_tells_lists_manners_and_time_and_touches_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crawl", "--genre", "발라드", "--chart", "week", "--date", "2018-03-14", "--limit", "70", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "발라드 steady sellers: at most 70 rows" in said
    assert "Week chart 20180312-20180318" in said
    assert "Requests: at most 222 (1 robots.txt, 5 list pages, 6 like calls, 210 song pages" in said
    assert "Budget: 300 requests" in said
    assert "Gap: 3 s between requests" in said
    assert "Time: about 11 min" in said
    assert "Robots: read first and obeyed" in said
    assert list(folder.iterdir()) == []


def test_a_dry_run_shows_the_settings_of_this_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REUMI_REQUEST_GAP", "6")
    monkeypatch.setenv("REUMI_USER_AGENT", "me (me@example.org)")
    run(["crawl", "--chart", "day", "--max-requests", "40", "--ignore-robots", "--dry-run"])
    said = capsys.readouterr().out
    for words in ("Gap: 6 s", "me (me@example.org)", "Budget: 40 requests", "Robots: IGNORED", "Time: about 4 min for 40 requests"):
        assert words in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--genre", "폴카"], 2, "발라드"),
        (["--listing", "best"], 2, "steady"),
        (["--chart", "day", "--date", "someday"], 2, "2026-11-24"),
        (["--genre", "댄스", "--date", "2026-11-24"], 2, "--chart"),
        (["--sub-genre", "GN0100"], 2, "GN0101"),
        (["--refresh-details", "soon"], 2, "30d"),
        (["--limit", "0"], 2, "limit"),
        (["--db", "/proc/nowhere/songs.db"], 1, "/proc/nowhere/songs.db"),
        (["--db", "mysql://x/y"], 1, "sqlite"),
    ],
)
def test_a_mistake_is_one_sentence_and_a_code(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert run(["crawl", *arguments]) == code
    message = capsys.readouterr().err
    assert words in message
    assert len(message.splitlines()) == 1
    assert message.startswith("reumi: ")


def test_resuming_where_nothing_is_unfinished_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crawl", "--resume"]) == 0
    assert "nothing to go on with" in capsys.readouterr().out


def leave_unfinished(site_url: str, genre: str) -> None:
    """A run of a site that was begun and not ended: the newest songs of a genre."""
    selection = Selection(genres=(genre,), listings=(Listing.NEWEST,), limit=7)
    engine = open_for_writing("sqlite:///reumi.db")
    start_run(engine, plan_of(selection.lists(), selection.extent(timedelta(days=30)), site_url, "site"), site_url, "test", False)
    engine.dispose()


def test_resume_takes_up_the_lists_of_the_run_that_was_stopped_and_of_no_other_site(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_unfinished("http://127.0.0.1:9", "록")
    assert run(["crawl", "--resume", "--dry-run"]) == 0
    assert "nothing to go on with: no crawl of https://www.melon.com was stopped or died in the last week" in capsys.readouterr().out
    leave_unfinished("https://www.melon.com", "댄스")
    monkeypatch.setenv("REUMI_SITE_URL", "http://127.0.0.1:9")
    assert run(["crawl", "--resume", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "록 newest songs: at most 7 rows" in said
    assert "댄스" not in said


def test_a_run_keeps_what_it_was_asked_for_and_how_it_went(tape: Path, folder: Path) -> None:
    run(["crawl", "--replay", str(tape), "--genre", "발라드", "--listing", "steady", "--ignore-robots"])
    with sqlite3.connect(folder / "reumi.db") as connection:
        [row] = connection.execute("SELECT state, verdict, ignored_robots, plan, counts, coverage, requests FROM crawl_runs")
    assert row[:3] == ("finished", "ok", 1)
    assert "genre/GN0100/steady" in row[3]
    assert '"songs"' in row[4]
    assert '"song.lyrics"' in row[5]


def test_a_second_process_does_not_crawl_the_same_site_beside_the_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REUMI_SITE_URL", "https://music.invalid")
    engine = open_for_writing("sqlite:///reumi.db")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        ticks = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        host = this_process().partition("/")[0]
        assert claim_site(engine, "https://music.invalid", f"{host}/{other.pid}/{ticks}") is None
        assert run(["crawl", "--chart", "day"]) == 75
        assert f"process {other.pid} crawls https://music.invalid already" in capsys.readouterr().err
        other.communicate(b"\n")
    assert claim_site(engine, "https://music.invalid", this_process()) is None
    engine.dispose()
