"""All policies together, around any fetcher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from scraper.errors import BudgetSpent, Disallowed
from scraper.politeness.budget import Budget
from scraper.politeness.robots import Robots
from scraper.politeness.throttle import Throttle
from scraper.ports import Fetcher, Page
from scraper.site import Site
from scraper.stopping import StopSignal


@dataclass(slots=True)
class Manners:
    """What every request passes before it goes: the site's rules, the run's budget, the gap."""

    throttle: Throttle
    budget: Budget
    robots: Robots

    def admit(self, url: str) -> None:
        """Wait until `url` may be asked for. Raises Disallowed, BudgetSpent or Stopped."""
        self.robots.require(url)
        self.budget.take()
        self.throttle.admit()


class PoliteFetcher:
    """A fetcher whose every request passes the manners, and whose waiting a stop signal can break off."""

    def __init__(self, inner: Fetcher, manners: Manners, site: Site, stop: StopSignal) -> None:
        self._inner = inner
        self._manners = manners
        self._site = site
        self._stop = stop
        self._expected: str | None = None
        self._admitted: set[str] = set()  # pages that are on their way already

    def expect(self, url: str) -> None:
        """Let a page be asked for ahead, where no gap between requests is owed."""
        self._expected = url if self._manners.throttle.gap <= 0 else None

    def _admit(self, url: str) -> None:
        """Wait for `url`'s turn; then, if another page is expected next and may be sent too, let it follow at once."""
        if url in self._admitted:
            self._admitted.discard(url)
        else:
            self._manners.admit(url)
        expected, self._expected = self._expected, None
        if expected is None or expected in self._admitted:
            return
        with suppress(Disallowed, BudgetSpent):  # told when that page's turn comes
            self._manners.admit(expected)
            self._admitted.add(expected)
            self._inner.expect(expected)

    def get(self, url: str) -> Page:
        """Read a page when the manners allow it."""
        return self._read(self._inner.get, url)

    def render(self, url: str) -> Page:
        """Load a page with its scripts when the manners allow it."""
        return self._read(self._inner.render, url)

    def _read(self, read: Callable[[str], Page], url: str) -> Page:
        self._admit(url)
        with self._stop.interruptible():
            page = read(url)
        self._manners.throttle.observe(page.seconds)
        return page

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """Ask for like counts when the manners allow it."""
        self._admit(self._site.likes_url(song_ids))
        with self._stop.interruptible():
            return self._inner.likes(song_ids)

    def screenshot(self) -> bytes | None:
        """PNG of the page read last."""
        return self._inner.screenshot()

    def close(self) -> None:
        """End the browser."""
        self._inner.close()
