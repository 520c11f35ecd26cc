"""From one frontier page to its harvest and the pages that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scraper.errors import LayoutChanged
from scraper.pages.listing import ListingPage, parse_listing
from scraper.pages.markers import needs_scripts
from scraper.pages.song import parse_song
from scraper.periods import shown_period
from scraper.ports import Fetcher, Harvest, Page, PageTask, Sink, TaskKind
from scraper.records import ListedSong, ListKey
from scraper.site import LIKES_PER_CALL, PAGE_SIZE, Site, likes_ids


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of each list is read.

    `genre_rows` of a genre's list and `chart_rows` of a chart (None: all of it); a song's own page only when it was never read, or
    longer ago than `refresh_details`.
    """

    genre_rows: int | None = PAGE_SIZE
    chart_rows: int | None = None
    refresh_details: timedelta = timedelta(days=30)

    def rows(self, key: ListKey) -> int | None:
        """Most rows to read of one list."""
        return self.genre_rows if key.chart is None else self.chart_rows


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page gave. `repeated` marks a list page that only repeats the one before it."""

    harvest: Harvest
    follow: tuple[PageTask, ...] = ()
    page: Page | None = None
    repeated: bool = False


def list_task(site: Site, key: ListKey, start_index: int = 1) -> PageTask:
    """The frontier page of a list from its row `start_index` on."""
    name = f"{key}/{key.period}" if key.period else str(key)
    return PageTask(f"list/{name}/{start_index}", TaskKind.LIST, site.list_url(key, start_index), list_key=key, start_index=start_index)


def song_task(site: Site, song_id: str) -> PageTask:
    """The frontier page of a song."""
    return PageTask(f"song/{song_id}", TaskKind.SONG, site.song_url(song_id), song_id=song_id)


class PageReader:
    """Reads frontier pages of one site through a fetcher; asks the sink only which songs' own pages are due."""

    def __init__(
        self, fetcher: Fetcher, sink: Sink, site: Site, extent: Extent, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._fetcher = fetcher
        self._sink = sink
        self._site = site
        self._extent = extent
        self._now = now
        self._first_ids: dict[str, str] = {}  # first song of the page of a list that was read last
        self.last_page: Page | None = None

    def read(self, task: PageTask) -> Reading:
        """Read one page. Raises every ScraperError that fetching and parsing know; `last_page` then holds what came, if anything did."""
        self.last_page = None
        if task.kind is TaskKind.LIKES:
            likes = self._fetcher.likes(likes_ids(task.url))
            return Reading(Harvest(self._now(), list_key=task.list_key, likes=likes))
        if task.kind is TaskKind.SONG:
            assert task.song_id is not None
            page = self._get(task.url)
            return Reading(Harvest(self._now(), detail=parse_song(page.html, task.url, task.song_id)), page=page)
        return self._read_list(task)

    def _get(self, url: str) -> Page:
        page = self.last_page = self._fetcher.get(url)
        if needs_scripts(page):
            page = self.last_page = self._fetcher.render(url)
        return page

    def _read_list(self, task: PageTask) -> Reading:
        key = task.list_key
        assert key is not None
        page = self._get(task.url)
        listing = parse_listing(page.html, task.url, task.start_index)
        if key.period is None and key.chart is not None:
            key = replace(key, period=shown_period(key.chart, listing.period_text, self._now()))
        if not listing.rows and task.start_index == 1:
            raise LayoutChanged("song row", "tbody tr", task.url, "the list is empty from its first row on")
        if self._repeats(task, listing):
            return Reading(Harvest(self._now(), list_key=key), page=page, repeated=True)
        wanted = self._extent.rows(key)
        rows = listing.rows if wanted is None else listing.rows[: max(wanted - task.start_index + 1, 0)]
        follow = (*self._next_page(task, listing, wanted), *self._likes_tasks(task, rows), *self._due_songs(rows))
        return Reading(Harvest(self._now(), list_key=key, listed=rows), follow, page)

    def _repeats(self, task: PageTask, listing: ListingPage) -> bool:
        """Whether the server sent the page before once more, as it does for addresses that it does not understand."""
        if not listing.rows:
            return False
        name, first = str(task.list_key), listing.rows[0].song_id
        repeats = task.start_index > 1 and self._first_ids.get(name) == first
        self._first_ids[name] = first
        return repeats

    def _next_page(self, task: PageTask, listing: ListingPage, wanted: int | None) -> tuple[PageTask, ...]:
        key, following = task.list_key, task.start_index + PAGE_SIZE
        if key is None or key.chart is not None or len(listing.rows) < PAGE_SIZE or (wanted is not None and following > wanted):
            return ()
        return (list_task(self._site, key, following),)

    def _likes_tasks(self, task: PageTask, rows: Sequence[ListedSong]) -> list[PageTask]:
        ids = [row.song_id for row in rows]
        calls = [ids[start : start + LIKES_PER_CALL] for start in range(0, len(ids), LIKES_PER_CALL)]
        return [
            PageTask(f"likes/{task.key}/{number}", TaskKind.LIKES, self._site.likes_url(call), list_key=task.list_key)
            for number, call in enumerate(calls, start=1)
        ]

    def _due_songs(self, rows: Sequence[ListedSong]) -> list[PageTask]:
        due = self._sink.due_details([row.song_id for row in rows], self._extent.refresh_details)
        return [song_task(self._site, row.song_id) for row in rows if row.song_id in due]
