"""Several crawlers share one run: no page twice, the same data, one report; what ends one ends all."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from reumi.jobs.crawl import CrawlOrder, run_crawl
from reumi.settings import Settings
from scraper.crawl import Crawl, CrawlPolicy
from scraper.errors import Blocked, FetchFailed, Stopped
from scraper.politeness import Budget, Manners, PoliteFetcher, RetryPolicy, Robots, Throttle
from scraper.ports import Page
from scraper.reader import list_task
from scraper.recording import RecordingFetcher, ReplayFetcher
from scraper.records import Listing, ListKey
from scraper.report import CrawlReport, SessionResult, conclude
from scraper.site import Site
from scraper.standing import Standing
from scraper.stopping import StopSignal
from scraper.tally import Tally
from scraper.together import run_together
from storage.crawl_store import CrawlStore
from storage.models import Song
from storage.owners import this_process
from storage.runs import start_run
from storage.site_locks import claim_site, release_site
from tests.small_site import SmallSite, UrllibFetcher
from tests.small_site import text as answer

KEYS = [ListKey(genre_code=code, listing=Listing.STEADY) for code in ("GN0100", "GN0200", "GN0300")]
SONGS: dict[tuple[str, str], list[int]] = {
    ("GN0100", "steady"): list(range(1, 51)),
    ("GN0200", "steady"): list(range(31, 81)),
    ("GN0300", "steady"): list(range(61, 111)),
}


def crawl(
    engine: Engine,
    small: SmallSite,
    crawlers: int,
    budget: int | None = None,
    keys: Sequence[ListKey] = KEYS,
    stop: StopSignal | None = None,
    backoff: float = 0.03,
) -> CrawlReport:
    site, stop = Site(small.root), stop or StopSignal()
    run_id = start_run(engine, {"n": crawlers}, small.root, "test", False)
    manners = Manners(Throttle(0.0, 0.0, stop.wait), Budget(budget), Robots.ignored())

    standing = Standing(crawlers)

    def one() -> Crawl:
        store = CrawlStore(engine, run_id, this_process())
        fetcher = PoliteFetcher(UrllibFetcher(site), manners, site, stop)
        return Crawl(fetcher, store, store, CrawlPolicy(retry=RetryPolicy(backoff)), site, stop=stop, standing=standing)

    return run_together([one() for _ in range(crawlers)], [list_task(site, key) for key in keys], stop)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("crawlers", [2, 4])
def test_crawlers_of_one_run_share_its_pages(engine: Engine, crawlers: int) -> None:
    with SmallSite(songs=SONGS, delay=0.004) as small:
        report = crawl(engine, small, crawlers)
        paths = small.paths()
    assert (report.finished, str(report.judgement.verdict)) == (True, "ok")
    assert len(paths) == len(set(paths)) == 3 + 3 + 110
    assert len(report.tally.songs) == 110
    assert sum(report.tally.lists.values()) == 150
    assert rows(engine, "SELECT count(*), count(lyrics), count(likes) FROM songs") == [(110, 110, 110)]
    assert rows(engine, "SELECT count(*) FROM list_entries") == [(150,)]


def test_what_ends_one_crawler_ends_all_and_hands_the_pages_back(sqlite_engine: Engine) -> None:
    with SmallSite(songs=SONGS, delay=0.004) as small:
        report = crawl(sqlite_engine, small, 3, budget=20)
        # Never more; the other two may each have had a turn granted that they gave up when the first one ended.
        assert 18 <= len(small.requests) <= 20
    assert not report.finished
    assert report.exit_code == 0
    assert "20 requests" in str(report.ending)
    assert rows(sqlite_engine, "SELECT count(*) FROM frontier_pages WHERE state = 'leased'") == [(0,)]


def test_a_refusal_of_one_is_the_verdict_of_all(sqlite_engine: Engine) -> None:
    refusal = answer("no", status=406)
    with SmallSite(songs=SONGS, override=lambda path, _nth: refusal if "/song/" in path else None) as small:
        report = crawl(sqlite_engine, small, 2)
    assert (report.exit_code, str(report.judgement.verdict)) == (5, "blocked")
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(0,)]


@pytest.mark.parametrize("crawlers", [1, 2])
def test_page_after_page_of_an_unknown_layout_is_broken_however_many_crawl(sqlite_engine: Engine, crawlers: int) -> None:
    new = answer(f"<html><body>{'new layout ' * 100}</body></html>")
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 51))}) as small:
        small.override = lambda path, _nth: new if "/song/" in path and int(path.rpartition("=")[2]) > 30 else None
        report = crawl(sqlite_engine, small, crawlers, keys=KEYS[:1])
    assert report.tally.pages["song"] == 30  # most were read, so that only their order tells
    assert (report.exit_code, str(report.judgement.verdict)) == (3, "broken")
    assert "5 pages in a row" in report.judgement.reasons[0]


def test_a_crawler_to_which_no_page_came_is_no_failure_of_a_run_that_was_read() -> None:
    read, dead = Tally(pages=Counter(song=9)), FetchFailed("https://x/9", "reset")
    report = conclude([SessionResult(read, None, None, 1.0), SessionResult(Tally(failed=[str(dead)]), None, dead, 2.0)])
    assert (report.finished, report.exit_code, str(report.judgement.verdict)) == (True, 0, "degraded")
    assert report.seconds == 2.0


def test_a_run_of_which_no_page_came_to_any_crawler_was_not_reached() -> None:
    dead = FetchFailed("https://x/9", "reset")
    report = conclude([SessionResult(Tally(failed=[str(dead)]), None, dead, 1.0), SessionResult(Tally(), None, None, 1.0)])
    assert (report.finished, report.ending, report.exit_code) == (False, dead, 4)


def test_a_crawler_to_which_no_page_came_leaves_the_others_at_work(sqlite_engine: Engine) -> None:
    with SmallSite() as small:
        pass
    site = Site(small.root)
    store = CrawlStore(sqlite_engine, start_run(sqlite_engine, {}, small.root, "test", False), this_process())
    policy = CrawlPolicy(retry=RetryPolicy(0.0, attempts=1))
    result = Crawl(UrllibFetcher(site), store, store, policy, site).read([list_task(site, KEYS[0])])
    assert result.ending is None
    assert isinstance(result.last_failure, FetchFailed)


@pytest.mark.parametrize("crawlers", [1, 2, 4])
def test_a_site_that_dies_under_several_crawlers_is_found_out_as_soon_as_by_one(sqlite_engine: Engine, crawlers: int) -> None:
    dead, asked = answer("oops " * 400, status=503), count(1)
    with SmallSite(songs=SONGS, delay=0.01) as small:
        small.override = lambda path, _nth: dead if "/song/" in path and next(asked) > 40 else None
        report = crawl(sqlite_engine, small, crawlers, backoff=1.0)
    assert (report.exit_code, str(report.judgement.verdict)) == (4, "ok")
    assert next(asked) - 41 <= 24  # eight pages once, five of them again, and what was on its way
    assert rows(sqlite_engine, "SELECT count(*) FROM frontier_pages WHERE state IN ('failed', 'leased')") == [(0,)]


def test_a_signal_ends_several_crawlers_with_a_report(sqlite_engine: Engine) -> None:
    stop = StopSignal()

    def ask_to_end(path: str, _nth: int) -> None:
        if "/song/" in path and next(asked) == 20:
            os.kill(os.getpid(), signal.SIGTERM)

    asked = count(1)
    with SmallSite(songs=SONGS, delay=0.02, override=ask_to_end) as small, stop.on_signals():
        report = crawl(sqlite_engine, small, 3, stop=stop)
    assert (report.finished, report.exit_code) == (False, 130)
    assert 10 <= report.tally.pages["song"] < 110
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(report.tally.pages["song"],)]
    assert rows(sqlite_engine, "SELECT count(*) FROM frontier_pages WHERE state = 'leased'") == [(0,)]


def test_a_replay_dates_every_page_by_its_own_recording_however_many_sessions_are_asked_for(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, numbers = tmp_path / "recording", [str(number) for number in range(1, 19)]
    with SmallSite(
        songs={(key.genre_code or "", "steady"): list(range(n, n + 6)) for key, n in zip(KEYS, (1, 7, 13), strict=True)}
    ) as small:
        site = Site(small.root)
        recording = RecordingFetcher(UrllibFetcher(site), folder, site.root)
        for url in (*map(site.list_url, KEYS), *map(site.song_url, numbers)):
            recording.get(url)
    replay, recorded, at_once = ReplayFetcher(folder), {}, ReplayFetcher.get
    for number in numbers:
        replay.get(site.song_url(number))
        recorded[number] = replay.now()

    def slowly(replay: ReplayFetcher, url: str) -> Page:
        page = at_once(replay, url)
        time.sleep(0.02)  # others, if any, read theirs meanwhile
        return page

    monkeypatch.setattr(ReplayFetcher, "get", slowly)
    run_crawl(CrawlOrder(tuple(KEYS), replay=folder, sessions=4), Settings(kept_pages=str(tmp_path)), str(sqlite_engine.url))
    with sqlite_engine.connect() as connection:
        assert {row.song_id: row.details_at for row in connection.execute(select(Song.song_id, Song.details_at))} == recorded


class Refusing(UrllibFetcher):
    """A site that refuses, and counts how often it was asked."""

    asked = 0

    def get(self, url: str) -> Page:
        self.asked += 1
        raise Blocked(url, "HTTP 406")


class Impatient(StopSignal):
    """Ends a crawl at the first time that it would have to wait."""

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            raise Stopped("it waits")


def test_a_refusal_of_one_crawler_is_waited_out_by_all(sqlite_engine: Engine) -> None:
    site, fetcher, standing = Site("https://music.invalid"), Refusing(Site("https://music.invalid")), Standing(2, lambda: 0.0)
    store = CrawlStore(sqlite_engine, start_run(sqlite_engine, {}, site.root, "test", False), this_process())
    for _ in range(2):
        crawler = Crawl(fetcher, store, store, CrawlPolicy(), site, stop=Impatient(), standing=standing)
        assert isinstance(crawler.read([list_task(site, key) for key in KEYS]).ending, Stopped)
    assert (fetcher.asked, standing.rest()) == (1, 60.0)


def test_of_crawls_that_begin_at_one_instant_one_gets_the_site(engine: Engine) -> None:
    gate, site = threading.Barrier(4), "https://music.invalid"

    def claim(_number: int) -> str | None:
        gate.wait(60)
        return claim_site(engine, site, this_process())

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(claim, range(4))) == {None: 1, this_process(): 3}
    assert claim_site(engine, "https://another.invalid", this_process()) is None
    release_site(engine, site, this_process())
    assert claim_site(engine, site, this_process()) is None


def test_a_site_that_a_dead_process_held_is_free_and_another_machine_has_its_own(engine: Engine) -> None:
    site, dead = "https://music.invalid", f"{this_process().partition('/')[0]}/999999999/1"
    assert claim_site(engine, site, dead) is None
    assert claim_site(engine, site, "elsewhere/1/1") is None
    assert claim_site(engine, site, this_process()) is None
    release_site(engine, site, dead)
    assert claim_site(engine, site, dead) == this_process()
