"""The site's rules for crawlers (RFC 9309)."""

from __future__ import annotations

from urllib.parse import urlsplit

from protego import Protego

from scraper.errors import Blocked, Disallowed, FetchFailed
from scraper.pages.markers import BLOCKED_STATUSES
from scraper.ports import Page


class Robots:
    """Which addresses robots.txt allows to this crawler; `Robots.ignored()` allows all, by a person's explicit wish."""

    def __init__(self, text: str, user_agent: str, url: str = "robots.txt") -> None:
        self._rules = Protego.parse(text)
        self._user_agent = user_agent
        self._url = url

    @classmethod
    def ignored(cls) -> Robots:
        """Rules that allow everything."""
        return cls("", "*")

    @classmethod
    def read(cls, page: Page, user_agent: str) -> Robots:
        """Take the rules from the answer to /robots.txt.

        No such file means no rules. A refusal of the file itself raises Blocked; a server error raises FetchFailed, since
        the rules may then not be taken for absent.
        """
        status = page.status
        if status in BLOCKED_STATUSES:
            raise Blocked(page.url, f"HTTP {status}")
        if status is not None and status >= 500:
            raise FetchFailed(page.url, f"the site answers HTTP {status}")
        text = page.html if status is None or status < 400 else ""
        return cls(text, user_agent, page.url)

    def allows(self, url: str) -> bool:
        """Whether the rules let this crawler read `url`; the rules' own file may always be read."""
        return urlsplit(url).path == "/robots.txt" or bool(self._rules.can_fetch(url, self._user_agent))

    def require(self, url: str) -> None:
        """Raise Disallowed when the rules forbid `url`."""
        if not self.allows(url):
            raise Disallowed(url, f"{self._url} forbids it to this crawler")

    @property
    def crawl_delay(self) -> float:
        """Seconds between requests that the rules ask for; 0 where they ask for none."""
        return float(self._rules.crawl_delay(self._user_agent) or 0)
