"""Crawling, side by side with the way it is usually done: `python -m benchmarks.crawl [--songs 50] [--gap 0.5]`.

One run serves a replica on this machine and reads the same TOP100 chart with its likes and the same song pages twice:

- "page loads": as the original project did it, written afresh for this comparison: `driver.get` for the list and for every song,
  rows taken apart by WebElement calls, the like counts awaited in the rows;
- "reumi": this project's fetcher and parsers, `fetch()` inside one open page, likes from the site's JSON; the next song page is asked
  for when the one before has come, so that it travels while that one is parsed.

Both have one request in flight, the same Chromium with images off, and start their browser before the clock. Medians of `--rounds`.
The last part sets a gap between requests and compares the wall time with requests x gap. Both ways must give the same songs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import suppress

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from benchmarks.harness import Report, show
from reumi.replica.server import Faults, Replica
from scraper.browser import Browser, BrowserPlan
from scraper.errors import Gone
from scraper.fetch import BrowserFetcher
from scraper.pages.listing import parse_listing
from scraper.pages.song import parse_song
from scraper.politeness import Budget, Manners, PoliteFetcher, Robots, Throttle
from scraper.records import Chart, ListKey
from scraper.site import LIKES_PER_CALL, Site
from scraper.stopping import StopSignal

PAGE_LOADS = "page loads"
CHART = ListKey(chart=Chart.TOP100)
Songs = dict[str, tuple[str, str, int, str]]  # id → title, first artist, likes, lyrics


def by_page_loads(browser: Browser, site: Site, rows: int, songs: int) -> Songs:
    driver, found = browser.driver, {}
    driver.get(site.list_url(CHART))
    WebDriverWait(driver, 20, poll_frequency=0.02).until(
        lambda _: _likes(driver.find_elements(By.CSS_SELECTOR, "tbody tr[data-song-no]")[0])
    )
    for row in driver.find_elements(By.CSS_SELECTOR, "tbody tr[data-song-no]")[:rows]:
        title = row.find_element(By.CSS_SELECTOR, ".rank01 a, .rank01 .disabled").text
        artists = row.find_elements(By.CSS_SELECTOR, ".rank02 > a") or row.find_elements(By.CSS_SELECTOR, ".rank02")
        artist = artists[0].text
        row.find_element(By.CSS_SELECTOR, ".rank03").get_attribute("textContent")
        row.find_element(By.CSS_SELECTOR, "a.image_typeAll img").get_attribute("src")
        found[str(row.get_attribute("data-song-no"))] = (" ".join(title.split()), " ".join(artist.split()), _likes(row), "")
    for song_id in list(found)[:songs]:
        driver.get(site.song_url(song_id))
        blocks = driver.find_elements(By.CSS_SELECTOR, ".lyric")
        lyrics = blocks[0].text if blocks else ""
        found[song_id] = (*found[song_id][:3], lyrics)
    return found


def _likes(row: WebElement) -> int:
    text = row.find_element(By.CSS_SELECTOR, "button.like .cnt").get_attribute("textContent") or ""
    return int("".join(filter(str.isdigit, text)) or 0)


def by_reumi(fetcher: BrowserFetcher | PoliteFetcher, site: Site, rows: int, songs: int) -> Songs:
    url = site.list_url(CHART)
    listed = parse_listing(fetcher.get(url).html, url).rows[:rows]
    ids = [row.song_id for row in listed]
    likes = {}
    for start in range(0, len(ids), LIKES_PER_CALL):
        likes |= fetcher.likes(ids[start : start + LIKES_PER_CALL])
    found = {row.song_id: (row.title, row.artists[0].name, likes[row.song_id] or 0, "") for row in listed}
    wanted = ids[:songs]
    for song_id, following in zip(wanted, [*wanted[1:], None], strict=True):
        if following is not None:
            fetcher.expect(site.song_url(following))
        page = fetcher.get(site.song_url(song_id))
        with suppress(Gone):  # the chart holds a song that the site no longer has
            found[song_id] = (*found[song_id][:3], parse_song(page.html, page.url, song_id).lyrics or "")
    return found


def compare(latency: float, rows: int, songs: int, rounds: int) -> dict[str, list[float]]:
    with Replica(filler=300, faults=Faults(latency=latency)) as replica:
        site, plan = Site(replica.url), BrowserPlan("ReUmi benchmark")
        old_browser, fetcher = Browser(plan), BrowserFetcher(site, lambda: Browser(plan), pages_per_browser=10**9)
        try:
            fetcher.robots()
            old_browser.driver.get(site.robots_url())
            old_times, new_times = [], []
            for _ in range(rounds):
                began = time.perf_counter()
                old = by_page_loads(old_browser, site, rows, songs)
                old_times.append(time.perf_counter() - began)
                began = time.perf_counter()
                new = by_reumi(fetcher, site, rows, songs)
                new_times.append(time.perf_counter() - began)
                _require_same(old, new)
        finally:
            old_browser.end()
            fetcher.close()
    return {PAGE_LOADS: old_times, "reumi": new_times}


def _require_same(old: Songs, new: Songs) -> None:
    """The same songs in both; not the likes, which the page's own script gives to the wrong rows once an id is unknown to the site."""
    assert [song[:2] for song in old.values()] == [song[:2] for song in new.values()]
    for song_id, (*_, lyrics) in old.items():
        assert " ".join(new[song_id][3].split()) == " ".join(lyrics.split()), song_id


def with_a_gap(gap: float, rows: int, songs: int) -> float:
    """Wall time over requests x gap."""
    with Replica(filler=300) as replica:
        site, stop = Site(replica.url), StopSignal()
        inner = BrowserFetcher(site, lambda: Browser(BrowserPlan("ReUmi benchmark")), pages_per_browser=10**9)
        manners = Manners(Throttle(gap, 0.3, stop.wait), Budget(None), Robots.ignored())
        try:
            inner.robots()
            began = time.perf_counter()
            by_reumi(PoliteFetcher(inner, manners, site, stop), site, rows, songs)
            seconds = time.perf_counter() - began
        finally:
            inner.close()
    return seconds / (manners.budget.spent * gap)


def run(smoke: bool = False, *, songs: int = 50, rounds: int = 3, latencies: Sequence[float] = (0.0, 60.0), gap: float = 0.5) -> Report:
    """Both ways at every latency (milliseconds), then one crawl with a gap (seconds) set between requests."""
    rows = 100
    if smoke:
        rows, songs, rounds, latencies, gap = 5, 3, 1, (0.0,), 0.05
    report = Report("crawl", PAGE_LOADS)
    for latency in latencies:
        report.add(f"chart and {songs} songs at {latency:g} ms", compare(latency, rows, songs, rounds))
    report.figures[f"wall time over requests x gap, gap {gap:g} s"] = with_a_gap(gap, rows, songs)
    return report


def main() -> None:
    """Measure with sizes of one's own."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--songs", type=int, default=50)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--latency", type=float, nargs="*", default=[0.0, 60.0], help="milliseconds")
    options.add_argument("--gap", type=float, default=0.5, help="seconds")
    given = options.parse_args()
    show(run(songs=given.songs, rounds=given.rounds, latencies=given.latency, gap=given.gap))


if __name__ == "__main__":
    main()
