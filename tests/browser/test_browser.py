"""The browser's life: it is found, fetches, dies, is replaced, and never outlives its crawl."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reumi.replica.server import Faults, Replica
from scraper import orphans
from scraper.browser import Browser, BrowserPlan
from scraper.errors import Blocked, BrowserDied, FetchFailed, ServerError
from scraper.fetch import BrowserFetcher
from scraper.pages.song import parse_song
from scraper.records import Listing, ListKey
from scraper.site import Site
from tests.lender import Lender

pytestmark = pytest.mark.browser
LIST = ListKey(genre_code="GN0100", listing=Listing.STEADY)


PATIENCE = 3.0


@pytest.fixture
def fetcher(replica: Replica, lender: Lender) -> Iterator[BrowserFetcher]:
    """A fetcher whose browser comes from test to test."""
    lent = BrowserFetcher(Site(replica.url), lambda: lender.lend(BrowserPlan("ReUmi-test", PATIENCE)), PATIENCE)  # type: ignore[arg-type, return-value]
    yield lent
    lent.close()


@pytest.fixture
def own_fetcher(replica: Replica) -> Iterator[BrowserFetcher]:
    """One with a browser of its own, for tests of that browser's life."""
    own = BrowserFetcher(Site(replica.url), lambda: Browser(BrowserPlan("ReUmi-test", PATIENCE)), PATIENCE, pages_per_browser=20)
    yield own
    own.close()


def _list_url(replica: Replica) -> str:
    return Site(replica.url).list_url(LIST)


def _song_ids(fetcher: BrowserFetcher, replica: Replica) -> list[str]:
    from scraper.pages.listing import parse_listing

    return [row.song_id for row in parse_listing(fetcher.get(_list_url(replica)).html, "u").rows]


def test_a_fetched_page_is_what_the_server_sent(fetcher: BrowserFetcher, replica: Replica) -> None:
    page = fetcher.get(_list_url(replica))
    assert page.status == 200
    assert "input_check" in page.html
    assert page.html.lstrip().startswith("<form") or "<html" not in page.html[:200]


def test_a_rendered_page_has_run_its_scripts(fetcher: BrowserFetcher, replica: Replica) -> None:
    url = f"{replica.url}/genre/song_list.htm?gnrCode=GN0100"
    page = fetcher.render(url)
    assert page.status == 200
    assert "input_check" in page.html


def test_likes_come_from_the_sites_json(fetcher: BrowserFetcher, replica: Replica) -> None:
    ids = _song_ids(fetcher, replica)
    likes = fetcher.likes([*ids, "1"])
    assert likes["1"] is None
    assert all(isinstance(likes[song_id], int) for song_id in ids)


def test_the_browser_is_started_afresh_after_its_share_of_pages(own_fetcher: BrowserFetcher, replica: Replica) -> None:
    own_fetcher.get(_list_url(replica))
    first = own_fetcher._browser
    for _ in range(25):
        own_fetcher.get(_list_url(replica))
    assert own_fetcher._browser is not first
    assert first is not None
    assert first.folder is None


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(status=406), Blocked),
        (Faults(empty=True), Blocked),
        (Faults(block_page=True), Blocked),
        (Faults(status=503), ServerError),
        (Faults(sys_error_200=True), ServerError),
        (Faults(hang=True), FetchFailed),
        (Faults(drip=0.2), FetchFailed),
        (Faults(drop="before"), FetchFailed),
        (Faults(drop="middle"), FetchFailed),
        (Faults(truncate=0.5), FetchFailed),
        (Faults(charset="euc-kr"), FetchFailed),
    ],
)
def test_every_way_of_not_answering_has_its_error(
    fetcher: BrowserFetcher, replica: Replica, monkeypatch: pytest.MonkeyPatch, faults: Faults, error: type[Exception]
) -> None:
    url = _list_url(replica)
    fetcher.get(url)
    replica.faults = faults
    if faults.hang or faults.drip:
        # Nothing but the end of patience ends these; the others' answer may take its time on a busy machine.
        monkeypatch.setattr(fetcher, "_timeout", 0.5)
    with pytest.raises(error):
        fetcher.get(url)
    monkeypatch.undo()
    replica.faults = Faults()
    assert fetcher.get(url).status == 200


def test_a_picture_of_the_page_read_last_asks_the_network_for_nothing(fetcher: BrowserFetcher, replica: Replica) -> None:
    url = f"{replica.url}/genre/song_list.htm?gnrCode=GN0100"
    fetcher.get(url)
    before = len(replica.requests)
    picture = fetcher.screenshot()
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert len(replica.requests) == before
    assert fetcher.get(url).status == 200  # and reading goes on afterwards


@pytest.mark.parametrize("victim", ["chromedriver", "chromium"])
def test_a_browser_that_is_killed_is_replaced(own_fetcher: BrowserFetcher, replica: Replica, victim: str) -> None:
    url = _list_url(replica)
    own_fetcher.get(url)
    assert own_fetcher._browser is not None
    folder = own_fetcher._browser.folder
    assert folder is not None
    for pid in orphans.users(folder):
        name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        if victim in name:
            os.kill(pid, signal.SIGKILL)
            if victim == "chromedriver":
                break
    with pytest.raises(BrowserDied):
        own_fetcher.get(url)
    assert own_fetcher.get(url).status == 200
    assert orphans.users(folder) == []
    assert not folder.exists()


_OWNER = """
import sys, time
from scraper.browser import Browser, BrowserPlan
browser = Browser(BrowserPlan("ReUmi-test"))
print(browser.folder, flush=True)
time.sleep(600)
"""


def _killed_owner(kill_watcher: bool) -> Path:
    """Start a process that owns a browser, SIGKILL it, and its watcher too if asked; gives the profile folder."""
    with subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        profile = Path(owner.stdout.readline().strip())
        # An owner that died early names no folder, and an empty name would stand for every process there is.
        assert profile.is_absolute()
        assert orphans.users(profile)
        if kill_watcher:
            for pid in orphans.users(profile):
                if b"python" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                    os.kill(pid, signal.SIGKILL)
        owner.kill()
    return profile


def test_no_process_outlives_an_owner_that_was_killed(browser_home: Path) -> None:
    profile = _killed_owner(False)
    deadline = time.monotonic() + 20
    while (profile.exists() or orphans.users(profile)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert orphans.users(profile) == []
    assert not profile.exists()


def test_the_next_start_sweeps_what_even_the_watcher_could_not(browser_home: Path) -> None:
    profile = _killed_owner(True)
    assert orphans.sweep() == 1
    assert orphans.users(profile) == []
    assert not profile.exists()
    assert orphans.sweep() == 0


def test_a_long_temporary_folder_does_not_keep_the_browser_from_starting(
    replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    browser = Browser(BrowserPlan("ReUmi-test"))
    try:
        browser.driver.get(_list_url(replica))
        assert "service_list_song" in browser.driver.page_source
    finally:
        browser.end()


def test_a_living_owners_browser_is_not_swept(replica: Replica, own_fetcher: BrowserFetcher) -> None:
    own_fetcher.get(_list_url(replica))
    assert own_fetcher._browser is not None
    folder = own_fetcher._browser.folder
    orphans.sweep()
    assert folder is not None
    assert folder.exists()
    assert own_fetcher.get(_list_url(replica)).status == 200


def test_a_song_page_is_read_in_the_browser_as_the_site_has_it(fetcher: BrowserFetcher, replica: Replica) -> None:
    song_id = _song_ids(fetcher, replica)[0]
    url = Site(replica.url).song_url(song_id)
    assert parse_song(fetcher.get(url).html, url, song_id).title == parse_song(fetcher.render(url).html, url, song_id).title


def test_an_expected_page_is_asked_for_once_and_only_after_the_one_before(fetcher: BrowserFetcher, replica: Replica) -> None:
    first, second, third = (Site(replica.url).song_url(song_id) for song_id in _song_ids(fetcher, replica)[:3])
    replica.clear()
    replica.faults = Faults(latency=100)
    fetcher.expect(second)
    fetcher.get(first)
    fetcher.expect(third)
    assert fetcher.get(second).url == second
    assert "39" in fetcher.get(third).html
    times = [request.time for request in replica.pages("/song/")]
    assert [f"{replica.url}{request.path}" for request in replica.pages("/song/")] == [first, second, third]
    assert all(later - earlier > 0.09 for earlier, later in itertools.pairwise(times))  # never two in flight


def test_an_expected_page_that_is_not_read_after_all_does_no_harm(fetcher: BrowserFetcher, replica: Replica) -> None:
    first, second, third = (Site(replica.url).song_url(song_id) for song_id in _song_ids(fetcher, replica)[:3])
    fetcher.expect(second)
    fetcher.get(first)
    assert parse_song(fetcher.get(third).html, third, third.rpartition("=")[2]).title


def test_nothing_is_asked_for_ahead_after_a_refusal(fetcher: BrowserFetcher, replica: Replica) -> None:
    first, second = (Site(replica.url).song_url(song_id) for song_id in _song_ids(fetcher, replica)[:2])
    replica.faults = Faults(status=406)
    replica.clear()
    fetcher.expect(second)
    with pytest.raises(Blocked):
        fetcher.get(first)
    time.sleep(0.3)
    assert len(replica.pages("/song/")) == 1
