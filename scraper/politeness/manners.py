"""All policies together, around any fetcher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

    def get(self, url: str) -> Page:
        """Read a page when the manners allow it."""
        return self._read(self._inner.get, url)

    def render(self, url: str) -> Page:
        """Load a page with its scripts when the manners allow it."""
        return self._read(self._inner.render, url)

    def _read(self, read: Callable[[str], Page], url: str) -> Page:
        self._manners.admit(url)
        with self._stop.interruptible():
            page = read(url)
        self._manners.throttle.observe(page.seconds)
        return page

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """Ask for like counts when the manners allow it."""
        self._manners.admit(self._site.likes_url(song_ids))
        with self._stop.interruptible():
            return self._inner.likes(song_ids)

    def screenshot(self) -> bytes | None:
        """PNG of the page read last."""
        return self._inner.screenshot()

    def close(self) -> None:
        """End the browser."""
        self._inner.close()
