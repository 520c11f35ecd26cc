"""What every fetcher owes to the crawl above it, whatever brings its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scraper import browser
from scraper.browser import BrowserPlan
from scraper.errors import Blocked, FetchFailed, LayoutChanged
from scraper.fetch import BrowserFetcher
from scraper.politeness import Budget, Manners, PoliteFetcher, Robots, Throttle
from scraper.ports import Fetcher
from scraper.recording import RecordingFetcher, ReplayFetcher
from scraper.site import Site
from scraper.stopping import StopSignal
from tests.small_site import SmallSite, UrllibFetcher, song_page
from tests.small_site import text as answer

Make = Callable[[SmallSite, Path], Fetcher]


def by_browser(small: SmallSite, _folder: Path) -> Fetcher:
    return BrowserFetcher(Site(small.root), lambda: browser.Browser(BrowserPlan("ReUmi-test")))


def by_library(small: SmallSite, _folder: Path) -> Fetcher:
    return UrllibFetcher(Site(small.root))


def politely(small: SmallSite, folder: Path) -> Fetcher:
    stop = StopSignal()
    manners = Manners(Throttle(0.0, 0.0, stop.wait), Budget(None), Robots.ignored())
    return PoliteFetcher(by_library(small, folder), manners, Site(small.root), stop)


def recording(small: SmallSite, folder: Path) -> Fetcher:
    return RecordingFetcher(by_library(small, folder), folder / "tape", small.root)


@pytest.fixture
def small() -> Iterator[SmallSite]:
    with SmallSite(songs={("GN0100", "steady"): [1, 2, 3]}) as running:
        yield running


@pytest.fixture(
    params=[pytest.param(by_browser, marks=pytest.mark.browser), by_library, politely, recording], ids=lambda make: make.__name__
)
def fetcher(request: pytest.FixtureRequest, small: SmallSite, tmp_path: Path) -> Iterator[Fetcher]:
    if request.param is by_browser:
        request.getfixturevalue("lent_browser")
    made: Fetcher = request.param(small, tmp_path)
    yield made
    made.close()


class TestEveryFetcher:
    def test_brings_a_page_as_the_server_sent_it(self, fetcher: Fetcher, small: SmallSite) -> None:
        url = Site(small.root).song_url("2")
        page = fetcher.get(url)
        assert (page.url, page.status, page.html) == (url, 200, song_page(2))
        assert page.seconds >= 0

    def test_brings_an_expected_page_like_any_other(self, fetcher: Fetcher, small: SmallSite) -> None:
        first, second = Site(small.root).song_url("1"), Site(small.root).song_url("2")
        fetcher.expect(second)
        assert fetcher.get(first).html == song_page(1)
        assert fetcher.get(second).html == song_page(2)
        assert len(small.paths("/song/")) == 2

    def test_raises_for_a_refusal_and_for_a_failure(self, fetcher: Fetcher, small: SmallSite) -> None:
        url = Site(small.root).song_url("2")
        for refusal, error in (
            (answer("no", {"Retry-After": "90"}, status=429), Blocked),
            (answer("oops", status=503), FetchFailed),
            (answer(song_page(2)[:900]), FetchFailed),
            (answer("gone", status=404), LayoutChanged),
        ):
            small.override = lambda path, _nth, given=refusal: given if "/song/" in path else None
            with pytest.raises(error) as caught:
                fetcher.get(url)
            if isinstance(caught.value, Blocked):
                assert caught.value.retry_after == 90.0
            if isinstance(caught.value, LayoutChanged):
                assert caught.value.page is not None
                assert (caught.value.page.html, caught.value.page.status) == ("gone", 404)

    def test_hands_over_a_like_answer_of_another_shape(self, fetcher: Fetcher, small: SmallSite) -> None:
        small.override = lambda path, _nth: answer('{"likes":[]}') if "getSongLike" in path else None
        with pytest.raises(LayoutChanged) as caught:
            fetcher.likes(["1"])
        url = Site(small.root).likes_url(["1"])
        assert caught.value.page is not None
        assert (caught.value.page.url, caught.value.page.html, caught.value.page.status) == (url, '{"likes":[]}', 200)

    def test_tells_unknown_likes_from_none(self, fetcher: Fetcher, small: SmallSite) -> None:
        known = answer('{"contsLike":[{"CONTSID":3,"SUMMCNT":0},{"CONTSID":1,"SUMMCNT":7}]}')
        small.override = lambda path, _nth: known if "getSongLike" in path else None
        assert fetcher.likes(["1", "2", "3"]) == {"1": 7, "2": None, "3": 0}

    def test_may_be_closed_twice(self, fetcher: Fetcher, small: SmallSite) -> None:
        fetcher.get(Site(small.root).song_url("1"))
        fetcher.close()
        fetcher.close()


def test_a_replay_keeps_the_contract_with_what_was_recorded(small: SmallSite, tmp_path: Path) -> None:
    recorder, url = recording(small, tmp_path), Site(small.root).song_url("2")
    page, likes = recorder.get(url), recorder.likes(["1", "2"])
    replay = ReplayFetcher(tmp_path / "tape")
    replay.expect(url)
    assert (replay.get(url).html, replay.get(url).status) == (page.html, page.status)
    assert replay.render(url).html == page.html
    assert replay.likes(["1", "2"]) == likes
    assert replay.screenshot() is None
    replay.close()
    replay.close()
