"""A crawl: takes pages from the frontier, reads them, and puts harvests in the sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from scraper.errors import (
    Blocked,
    BrowserDied,
    BudgetSpent,
    CannotKeep,
    Disallowed,
    FetchFailed,
    Gone,
    LayoutChanged,
    ScraperError,
    Stopped,
)
from scraper.politeness.retry import RetryPolicy
from scraper.ports import Fetcher, Frontier, Page, PageTask, Sink, TaskOutcome
from scraper.reader import Extent, PageReader, Reading
from scraper.report import UNREADABLE_AFTER, CrawlReport, SessionResult, conclude
from scraper.site import Site
from scraper.standing import Standing
from scraper.stopping import StopSignal
from scraper.tally import Tally

UNREACHABLE_AFTER = 5  # different pages that failed to come at least twice, with no success between them
_MOST_ATTEMPTS = 10  # of one page, even while other pages fail as well
_IDLE = 1.0  # seconds between looks at a frontier whose last pages another crawler holds


class Watch(Protocol):
    """Sees a crawl as it goes: the command line's progress, a log."""

    def read(self, task: PageTask, reading: Reading) -> None:
        """A page was read and saved."""

    def missed(self, task: PageTask, error: ScraperError, again_in: float | None) -> None:
        """A page was not read; it is tried again after `again_in` seconds, or never (None)."""


class Silent:
    """A watch that says nothing."""

    def read(self, task: PageTask, reading: Reading) -> None:
        """Say nothing."""

    def missed(self, task: PageTask, error: ScraperError, again_in: float | None) -> None:
        """Say nothing."""


class PageKeeper(Protocol):
    """Keeps pages that the parser refused."""

    def keep(self, page: Page, error: LayoutChanged, screenshot: Callable[[], bytes | None]) -> None:
        """Keep one page; `screenshot` is called only when the picture is wanted."""


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """What a crawl reads and how patient it is. `lease_seconds` is how long a page stays reserved for this crawler."""

    extent: Extent = field(default_factory=Extent)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    lease_seconds: float = 300.0


class Crawl:
    """Reads a frontier to its end. One crawl uses one fetcher, with one request in flight; crawls of one run share their `standing`."""

    def __init__(
        self,
        fetcher: Fetcher,
        frontier: Frontier,
        sink: Sink,
        policy: CrawlPolicy,
        site: Site,
        *,
        stop: StopSignal | None = None,
        watch: Watch | None = None,
        keeper: PageKeeper | None = None,
        standing: Standing | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._fetcher = fetcher
        self._frontier = frontier
        self._sink = sink
        self._policy = policy
        self._reader = PageReader(fetcher, sink, site, policy.extent, now)
        self._stop = stop or StopSignal()
        self._watch: Watch = watch or Silent()
        self._keeper = keeper
        self._standing = standing or Standing()
        self._now = now
        self._tally = Tally()
        self._refusals = 0
        self._last_failure: FetchFailed | None = None

    def run(self, start: Iterable[PageTask] = ()) -> CrawlReport:
        """Read as `read` does, and judge the run by itself; `run_together` compares it with earlier runs as well."""
        return conclude([self.read(start)])

    def read(self, start: Iterable[PageTask] = ()) -> SessionResult:
        """Add the pages of `start` to the frontier and read all that is due, page after page, each saved before the next.

        What ends a crawl early (a refusal, a spent budget, a request to stop) is in the result and not raised: everything read
        until then is saved, and a later crawl of the same frontier goes on from there.
        """
        began = time.monotonic()
        ending: ScraperError | None = None
        try:
            self._frontier.add(start)
            while self._step():
                pass
        except (Blocked, BudgetSpent, CannotKeep, Stopped, FetchFailed, LayoutChanged) as error:
            ending = error
        return SessionResult(self._tally, ending, self._last_failure, time.monotonic() - began)

    def _step(self) -> bool:
        """Read a few pages; False when none is left."""
        self._stop.wait(self._standing.rest())
        tasks = self._frontier.lease(self._standing.pages_each, self._policy.lease_seconds)
        if not tasks:
            return self._wait_for_due()
        while tasks and not self._standing.rest():
            task = tasks.pop(0)
            try:
                if tasks:
                    self._fetcher.expect(tasks[0].url)
                self._read(task)
            except ScraperError:
                self._release(tasks)
                raise
            except BaseException:
                # The database failed, or this is a bug: hand back what may be handed back, so that nobody waits for the lease to end.
                with suppress(Exception):
                    self._release([task, *tasks])
                raise
        self._release(tasks)
        return True

    def _release(self, tasks: Iterable[PageTask]) -> None:
        for task in tasks:
            self._frontier.release(task)

    def _wait_for_due(self) -> bool:
        seconds = self._frontier.next_due()
        if seconds is None:
            if self._frontier.counts().leased == 0:
                return False
            seconds = _IDLE
        self._stop.wait(min(max(seconds, 0.01), 5.0))
        return True

    def _read(self, task: PageTask) -> None:
        """Read one page, and settle it in the frontier."""
        try:
            reading = self._reader.read(task)
        except Gone as error:
            self._tally.gone += 1
            self._give_up(task, TaskOutcome.GONE, error)
        except LayoutChanged as error:
            self._unknown_layout(task, error)
        except Disallowed as error:
            self._tally.failed.append(str(error))
            self._give_up(task, TaskOutcome.FAILED, error)
        except Blocked as error:
            self._refused(task, error)
        except FetchFailed as error:
            self._failed(task, error)
        except (Stopped, BudgetSpent, CannotKeep):
            self._frontier.release(task)
            raise
        else:
            self._refusals = 0
            self._standing.read()  # before the saving, which may wait: others must not see as newer than their failures what came before
            self._sink.save(task, reading.harvest, reading.follow)
            self._tally.took(task, reading)
            self._watch.read(task, reading)

    def _give_up(self, task: PageTask, outcome: TaskOutcome, error: ScraperError) -> None:
        self._frontier.give_up(task, outcome, str(error), self._now())
        self._watch.missed(task, error, None)

    def _unknown_layout(self, task: PageTask, error: LayoutChanged) -> None:
        """Keep the page for people, store nothing of it, and stop when page after page is unknown."""
        self._refusals = 0
        in_a_row = self._standing.unreadable()
        if self._keeper is not None:
            page = error.page or self._reader.last_page or Page(task.url, "", None, 0.0)
            try:
                self._keeper.keep(page, error, self._fetcher.screenshot)
            except CannotKeep:
                self._frontier.release(task)
                raise
        self._tally.refused(task, error)
        self._give_up(task, TaskOutcome.FAILED, error)
        if in_a_row >= UNREADABLE_AFTER:
            raise error

    def _refused(self, task: PageTask, error: Blocked) -> None:
        """Nothing of a refusal is stored, and the page keeps its place; the third in a row of one session ends the crawl."""
        self._refusals += 1
        pause = self._policy.retry.after_refusal(error, self._refusals)
        self._frontier.release(task)
        self._watch.missed(task, error, pause)
        if pause is None:
            raise error
        self._standing.leave_alone(pause)

    def _failed(self, task: PageTask, error: FetchFailed) -> None:
        """Try the page again later, or give it up; pages that fail one after another are the site's fault and not theirs."""
        attempt, self._last_failure = task.attempts + 1, error
        pause = self._policy.retry.after_failure(error, attempt)
        failing, unreached = self._standing.failed(None if isinstance(error, BrowserDied) else task.key, attempt)
        if pause is None and failing > 1 and attempt < _MOST_ATTEMPTS:
            pause = self._policy.retry.after_failure(error, 1)
        if pause is None:
            self._tally.failed.append(str(error))
            self._give_up(task, TaskOutcome.FAILED, error)
        else:
            self._frontier.postpone(task, str(error), pause)
            self._watch.missed(task, error, pause)
        if unreached >= UNREACHABLE_AFTER:
            raise error
