"""A crawl on a real database and real HTTP, without a browser: what is read, stored, judged, retried, resumed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from scraper.crawl import Crawl, CrawlPolicy
from scraper.errors import Blocked, BudgetSpent, FetchFailed, Gone, LayoutChanged
from scraper.kept import PageKeep, read_again
from scraper.politeness import Budget, Manners, PoliteFetcher, RetryPolicy, Robots, Throttle
from scraper.reader import Extent, list_task
from scraper.records import Chart, Listing, ListKey
from scraper.report import CrawlReport
from scraper.site import Site
from scraper.stopping import StopSignal
from storage.crawl_store import CrawlStore
from storage.owners import this_process
from storage.runs import finish_run, open_run, start_run
from storage.types import instant_text
from tests.small_site import SmallSite, UrllibFetcher, fragment, gone_page
from tests.small_site import text as answer

STEADY = ListKey(genre_code="GN0100", listing=Listing.STEADY)
TOP100 = ListKey(chart=Chart.TOP100)
PLAN = {"lists": ["genre/GN0100/steady"]}


def crawl(
    engine: Engine,
    site: SmallSite,
    *keys: ListKey,
    policy: CrawlPolicy | None = None,
    folder: Path | None = None,
    requests: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CrawlReport:
    address = Site(site.root)
    run_id = open_run(engine, PLAN) or start_run(engine, PLAN, site.root, "test", False)
    store = CrawlStore(engine, run_id, this_process())
    stop = StopSignal()
    fetcher = PoliteFetcher(
        UrllibFetcher(address, timeout=2.0), Manners(Throttle(0.0, 0.0, stop.wait), Budget(requests), Robots.ignored()), address, stop
    )
    policy = policy or CrawlPolicy(retry=RetryPolicy(backoff=0.03))
    keeper = PageKeep(folder) if folder is not None else None
    tasks = [list_task(address, key) for key in keys]
    report = Crawl(fetcher, store, store, policy, address, stop=stop, keeper=keeper, now=now).run(tasks)
    state = "finished" if report.finished or isinstance(report.ending, LayoutChanged) else "stopped"
    tally, judgement = report.tally, report.judgement
    finish_run(engine, run_id, state, str(judgement.verdict), judgement.reasons, tally.counts(), tally.coverage(), len(tally.pages))
    return report


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def first_times(times: int, part: str, given: tuple[int, dict[str, str], bytes]) -> Callable[[str, int], Any]:
    return lambda path, nth: given if part in path and nth <= times else None


def test_a_crawl_stores_songs_ranks_likes_and_lyrics(engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): list(range(1001, 1031))}, chart=list(range(1021, 1041))) as site:
        report = crawl(engine, site, STEADY, TOP100)
    assert (report.finished, report.exit_code, str(report.judgement.verdict)) == (True, 0, "ok")
    assert rows(engine, "SELECT count(*), count(lyrics), count(likes), min(likes) FROM songs") == [(40, 40, 40, 1001)]
    assert rows(engine, "SELECT list_name, count(*), min(rank), max(rank) FROM list_entries GROUP BY list_name ORDER BY 1") == [
        ("chart/top100/GN0000", 20, 1, 20),
        ("genre/GN0100/steady", 30, 1, 30),
    ]
    assert len(site.paths("/song/detail.htm")) == 40
    assert len(site.paths("getSongLike")) == 2


def test_a_second_crawl_reads_no_song_page_again_and_appends_history(engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}) as site:
        crawl(engine, site, STEADY)
        first = len(site.paths("/song/"))
        report = crawl(engine, site, STEADY)
        assert len(site.paths("/song/")) == first == 3
        assert len(report.tally.songs - report.tally.due) == 3
        crawl(engine, site, STEADY, policy=CrawlPolicy(extent=Extent(refresh_details=timedelta(0))))
        assert len(site.paths("/song/")) == 6
    assert rows(engine, "SELECT count(*) FROM songs") == [(3,)]
    assert rows(engine, "SELECT count(*) FROM list_entries") == [(9,)]
    assert rows(engine, "SELECT count(*) FROM like_snapshots") == [(9,)]


@pytest.mark.parametrize(("limit", "pages", "stored"), [(30, 1, 30), (50, 1, 50), (60, 2, 60), (None, 3, 120)])
def test_a_list_is_read_as_far_as_was_asked(sqlite_engine: Engine, limit: int | None, pages: int, stored: int) -> None:
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 121))}) as site:
        crawl(sqlite_engine, site, STEADY, policy=CrawlPolicy(extent=Extent(genre_rows=limit)))
        assert len(site.paths("song_listPaging")) == pages
    assert rows(sqlite_engine, "SELECT count(*), max(rank) FROM list_entries") == [(stored, stored)]


def test_a_list_that_ends_on_a_full_page_ends_there(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 101))}) as site:
        report = crawl(sqlite_engine, site, STEADY, policy=CrawlPolicy(extent=Extent(genre_rows=None)))
        assert len(site.paths("song_listPaging")) == 3
    assert report.finished
    assert rows(sqlite_engine, "SELECT count(*) FROM list_entries") == [(100,)]


def test_a_second_page_that_repeats_the_first_is_not_stored(sqlite_engine: Engine) -> None:
    again = answer(fragment(range(1, 51)))
    with SmallSite(
        songs={("GN0100", "steady"): list(range(1, 121))}, override=lambda path, nth: again if "startIndex=51" in path else None
    ) as site:
        report = crawl(sqlite_engine, site, STEADY, policy=CrawlPolicy(extent=Extent(genre_rows=None)))
    assert rows(sqlite_engine, "SELECT count(*) FROM list_entries") == [(50,)]
    assert str(report.judgement.verdict) == "degraded"
    assert "repeated" in report.judgement.reasons[0]


def test_a_chart_without_ranks_is_ranked_by_position(sqlite_engine: Engine) -> None:
    bare = fragment([7, 8, 9]).replace('<span class="rank ">', "<span>")
    with SmallSite(chart=[7, 8, 9], override=first_times(9, "/chart/", answer(f"<html>{bare}</html>"))) as site:
        crawl(sqlite_engine, site, TOP100)
    assert rows(sqlite_engine, "SELECT rank, rank_shown FROM list_entries ORDER BY rank") == [(1, 0), (2, 0), (3, 0)]


def test_likes_that_the_site_leaves_out_stay_unknown(sqlite_engine: Engine) -> None:
    partial = answer('{"contsLike":[{"CONTSID":3,"SUMMCNT":30},{"CONTSID":1,"SUMMCNT":10}]}')
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}, override=first_times(9, "getSongLike", partial)) as site:
        crawl(sqlite_engine, site, STEADY)
    assert rows(sqlite_engine, "SELECT song_id, likes FROM songs ORDER BY song_id") == [("1", 10), ("2", None), ("3", 30)]


def test_a_like_call_that_fails_is_tried_again(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2]}, override=first_times(1, "getSongLike", answer("x", status=500))) as site:
        report = crawl(sqlite_engine, site, STEADY)
    assert report.finished
    assert rows(sqlite_engine, "SELECT count(likes) FROM songs") == [(2,)]


def test_a_song_that_is_gone_is_told_apart_and_not_asked_for_again(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2]}, override=first_times(9, "songId=2", answer(gone_page()))) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert report.tally.gone == 1
        assert str(report.judgement.verdict) == "ok"
        crawl(sqlite_engine, site, STEADY)
        assert len(site.paths("songId=2")) == 1
    assert rows(sqlite_engine, "SELECT lyrics_status FROM songs WHERE song_id = '2'") == [("missing_song",)]


def test_a_song_is_gone_since_its_page_was_recorded_not_since_it_was_replayed(sqlite_engine: Engine) -> None:
    recorded = datetime(2025, 11, 1, 3, tzinfo=UTC)
    with SmallSite(songs={("GN0100", "steady"): [1, 2]}, override=first_times(9, "songId=2", answer(gone_page()))) as site:
        crawl(sqlite_engine, site, STEADY, now=lambda: recorded)
    assert rows(sqlite_engine, "SELECT gone_at FROM songs WHERE song_id = '2'") == [(instant_text(recorded),)]


@pytest.mark.parametrize("status", [500, 503])
def test_a_page_that_fails_once_is_read_the_next_time(sqlite_engine: Engine, status: int) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2]}, override=first_times(1, "songId=1", answer("x", status=status))) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert len(site.paths("songId=1")) == 2
    assert (report.finished, report.exit_code) == (True, 0)
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(2,)]


def test_a_page_that_ends_early_is_never_stored_in_part(sqlite_engine: Engine) -> None:
    whole = fragment(range(1, 51))
    with SmallSite(
        songs={("GN0100", "steady"): list(range(1, 51))}, override=first_times(1, "song_listPaging", answer(whole[: len(whole) // 2]))
    ) as site:
        crawl(sqlite_engine, site, STEADY)
    assert rows(sqlite_engine, "SELECT count(*) FROM list_entries") == [(50,)]


def test_a_page_that_never_comes_is_given_up_and_the_rest_is_read(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}, override=first_times(99, "songId=2", answer("x", status=502))) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert len(site.paths("songId=2")) == 3
    assert report.finished
    assert str(report.judgement.verdict) == "degraded"
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(2,)]


@pytest.mark.parametrize(
    "refusal",
    [
        answer("no", status=406),
        answer("no", status=403),
        answer("wait", {"Retry-After": "0"}, status=429),
        answer("<html><head></head><body></body></html>"),
        answer(f"<html><body>{'안내 ' * 100}비정상적인 접근</body></html>"),
    ],
)
def test_three_refusals_in_a_row_stop_the_run_and_store_nothing_of_them(sqlite_engine: Engine, refusal: Any) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}, override=first_times(99, "/song/", refusal)) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert len(site.paths("/song/")) == 3
        assert (report.finished, report.exit_code, str(report.judgement.verdict)) == (False, 5, "blocked")
        assert isinstance(report.ending, Blocked)
        assert rows(sqlite_engine, "SELECT count(*), count(lyrics), count(likes) FROM songs") == [(3, 0, 3)]
        site.override = lambda _path, _nth: None
        again = crawl(sqlite_engine, site, STEADY)
    assert again.finished
    assert rows(sqlite_engine, "SELECT count(*), count(lyrics) FROM songs") == [(3, 3)]


def test_a_refusal_that_passes_is_waited_out(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}, override=first_times(2, "songId=1", answer("no", status=406))) as site:
        report = crawl(sqlite_engine, site, STEADY)
    assert (report.finished, report.exit_code) == (True, 0)
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(3,)]


def test_a_refusal_for_longer_than_an_hour_stops_at_once(sqlite_engine: Engine) -> None:
    with SmallSite(
        songs={("GN0100", "steady"): [1]}, override=first_times(9, "/song/", answer("no", {"Retry-After": "7200"}, status=429))
    ) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert len(site.paths("/song/")) == 1
    assert report.exit_code == 5


def test_a_site_that_cannot_be_reached_ends_the_run_with_its_own_code(sqlite_engine: Engine) -> None:
    with SmallSite() as site:
        pass
    report = crawl(sqlite_engine, site, STEADY)
    assert isinstance(report.ending, FetchFailed)
    assert report.exit_code == 4


def test_a_site_that_dies_on_the_way_ends_the_run_and_is_gone_on_with(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 31))}, override=first_times(99, "/song/", answer("x", status=503))) as site:
        report = crawl(sqlite_engine, site, STEADY)
        assert (report.finished, report.exit_code) == (False, 4)
        site.override = lambda _path, _nth: None
        assert crawl(sqlite_engine, site, STEADY).finished
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(30,)]


def test_a_new_layout_is_caught_keeps_its_page_once_and_leaves_good_data_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    new = answer(f"<html><body><main class='songs'>{'<li>새 배치</li>' * 50}</main></body></html>")
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3], ("GN0200", "steady"): [4, 5]}) as site:
        crawl(sqlite_engine, site, STEADY)
        before = rows(sqlite_engine, "SELECT song_id, title, lyrics, likes FROM songs ORDER BY 1")
        site.override = lambda path, _nth: None if "robots" in path else new
        others = [ListKey(genre_code=code, listing=Listing.STEADY) for code in ("GN0100", "GN0200", "GN0300", "GN0400", "GN0500", "GN0600")]
        report = crawl(sqlite_engine, site, *others, folder=tmp_path / "kept")
    assert isinstance(report.ending, LayoutChanged)
    assert (report.exit_code, str(report.judgement.verdict)) == (3, "broken")
    assert rows(sqlite_engine, "SELECT song_id, title, lyrics, likes FROM songs ORDER BY 1") == before
    kept = list(PageKeep(tmp_path / "kept").pages())
    assert [(page.count, page.field, page.selector) for page in kept] == [(5, "list", "#songList")]
    assert "새 배치" in PageKeep(tmp_path / "kept").html(kept[0])


@pytest.mark.parametrize(
    ("part", "given", "says"),
    [("getSongLike", answer('{"likes":{"1":5}}'), "no likes at"), ("songId=1", answer("<p>moved</p>", status=404), "the site answers 404")],
)
def test_what_is_refused_while_it_is_fetched_is_kept_as_it_came(
    sqlite_engine: Engine, tmp_path: Path, part: str, given: tuple[int, dict[str, str], bytes], says: str
) -> None:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}, override=first_times(9, part, given)) as site:
        crawl(sqlite_engine, site, STEADY, folder=tmp_path)
    keep = PageKeep(tmp_path)
    [kept] = keep.pages()
    assert (keep.html(kept), kept.status) == (given[2].decode(), given[0])
    assert says in str(read_again(keep, kept))


def test_one_odd_page_among_many_degrades_and_does_not_break(sqlite_engine: Engine, tmp_path: Path) -> None:
    odd = answer(f"<html><div class=song_name></div>{'x' * 300}</html>")
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 31))}, override=first_times(9, "songId=7", odd)) as site:
        report = crawl(sqlite_engine, site, STEADY, folder=tmp_path)
    assert (report.finished, report.exit_code, str(report.judgement.verdict)) == (True, 0, "degraded")
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(29,)]


def test_a_spent_budget_ends_cleanly_and_the_next_run_goes_on(sqlite_engine: Engine) -> None:
    with SmallSite(songs={("GN0100", "steady"): list(range(1, 21))}) as site:
        report = crawl(sqlite_engine, site, STEADY, requests=10)
        assert isinstance(report.ending, BudgetSpent)
        assert (report.exit_code, len(site.requests)) == (0, 10)
        for _ in range(2):
            report = crawl(sqlite_engine, site, STEADY, requests=10)
        assert report.finished
        assert len(site.requests) == 22
        assert len(set(site.paths())) == 22
    assert rows(sqlite_engine, "SELECT count(lyrics) FROM songs") == [(20,)]


def test_the_errors_of_the_tree_say_what_where_and_what_to_do() -> None:
    assert str(Gone("5", "u")) == "song 5 no longer exists at u"
    assert "`s`" in str(LayoutChanged("f", "s", "u"))
