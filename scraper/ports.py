"""What a crawl needs from outside: pages from a Fetcher, work from a Frontier, a place for what was read in a Sink."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from scraper.records import ListedSong, ListKey, SongDetail


class TaskKind(StrEnum):
    """What a frontier page is read as."""

    LIST = "list"
    LIKES = "likes"  # the like counts of up to 50 songs, whose ids stand in the task's url
    SONG = "song"


class TaskOutcome(StrEnum):
    """How a frontier page that will not be read again ended."""

    DONE = "done"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to read. `key` is unique within a run, so that adding the same page twice adds nothing.

    A LIST task has `list_key` and `start_index` (1-based row), a SONG task has `song_id`, a LIKES task has only its url
    and, where they stand on one list, that list's key. Their order of reading is LIST, LIKES, SONG.
    """

    key: str
    kind: TaskKind
    url: str
    list_key: ListKey | None = None
    start_index: int = 1
    song_id: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came: text, the address it came from, HTTP status where known, seconds it took."""

    url: str
    html: str
    status: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one page gave.

    `likes` maps song id to the like count, None where the site did not answer for that song (never 0 for unknown).
    `observed_at` is aware, UTC.
    """

    observed_at: datetime
    list_key: ListKey | None = None
    listed: tuple[ListedSong, ...] = ()
    detail: SongDetail | None = None
    likes: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrontierCounts:
    """Pages of a run by state."""

    pending: int
    leased: int
    done: int
    gone: int
    failed: int


class Fetcher(Protocol):
    """Brings pages and like counts."""

    def get(self, url: str) -> Page:
        """Read a page. Raises FetchFailed, Blocked or Disallowed; LayoutChanged, with the answer, for an address that is no more."""

    def expect(self, url: str) -> None:
        """A hint that `url` is read after the next page; a fetcher may ask for it ahead, or do nothing."""

    def render(self, url: str) -> Page:
        """Load a page with its own scripts and read what they made of it: slower than `get`. Raises like `get`."""

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """Like counts from the site's JSON, joined by id; None for an id that the answer lacks.

        Raises like `get`, and LayoutChanged, with the answer, for one of another shape.
        """

    def screenshot(self) -> bytes | None:
        """PNG of what the browser shows now, None where there is no browser."""

    def close(self) -> None:
        """End the browser and its driver; safe to call twice."""


class Frontier(Protocol):
    """The durable list of pages to read in one run; several crawlers may share it."""

    def add(self, tasks: Iterable[PageTask]) -> int:
        """Add pages that the run does not know yet; returns how many were new."""

    def lease(self, limit: int, seconds: float) -> list[PageTask]:
        """Take up to `limit` pages that are due, so that no other crawler takes them for `seconds`.

        Lists come first, then likes, then songs.
        """

    def release(self, task: PageTask) -> None:
        """Hand a leased page back untouched."""

    def postpone(self, task: PageTask, reason: str, seconds: float) -> None:
        """Count an attempt, note the reason, and make the page due again after `seconds`."""

    def give_up(self, task: PageTask, outcome: TaskOutcome, reason: str, observed_at: datetime | None = None) -> None:
        """Mark the page as never to be read again in this run (GONE or FAILED); `observed_at` as in a Harvest, None for now."""

    def next_due(self) -> float | None:
        """Seconds until a pending page is due (0 = now); None when no page is pending."""

    def counts(self) -> FrontierCounts:
        """Pages by state."""


class Sink(Protocol):
    """Where harvests go."""

    def save(self, task: PageTask, harvest: Harvest, follow: Sequence[PageTask] = ()) -> None:
        """One transaction: records, history, the pages to follow, and the frontier's mark that `task` is done."""

    def due_details(self, song_ids: Sequence[str], older_than: timedelta) -> set[str]:
        """Those songs whose own page was never read, or was read longer ago than `older_than`."""
