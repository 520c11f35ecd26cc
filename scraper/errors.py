"""The scraper's errors, named by what the caller should do.

ScraperError
├── FetchFailed        the page did not come: try again
├── Blocked            the site refuses us: stop, keep what is saved
│   └── Disallowed     robots.txt forbids the address: never fetch it
├── Gone               the song no longer exists: skip it
├── LayoutChanged      the page came but a field is not where it was: keep the page, tell people
├── BrowserMissing     no Chromium or no driver: say how to install one
└── BadRequest         a genre, listing or chart that does not exist: correct the command

Every error meant for people carries `exit_code`; `str(error)` is one sentence (what, where, what to do).
"""

from __future__ import annotations


class ScraperError(Exception):
    """Root of the scraper's errors."""

    exit_code = 1


class FetchFailed(ScraperError):
    """The page did not come (time-out, dropped connection, 5xx): worth another try."""

    exit_code = 4

    def __init__(self, url: str, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"could not read {url}: {reason}")
        self.url = url
        self.reason = reason
        self.retry_after = retry_after


class Blocked(ScraperError):
    """The site answered, but refuses this client. Never data."""

    exit_code = 5

    def __init__(self, url: str, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{url} refused the crawler: {reason}")
        self.url = url
        self.reason = reason
        self.retry_after = retry_after


class Disallowed(Blocked):
    """robots.txt forbids the address."""


class Gone(ScraperError):
    """The site answers that the song does not exist (with HTTP 200, so only the page tells)."""

    def __init__(self, song_id: str, url: str) -> None:
        super().__init__(f"song {song_id} no longer exists at {url}")
        self.song_id = song_id
        self.url = url


class LayoutChanged(ScraperError):
    """A required field is not where the page used to hold it."""

    exit_code = 3

    def __init__(self, field: str, selector: str, url: str, detail: str = "") -> None:
        more = f" ({detail})" if detail else ""
        super().__init__(f"the page layout changed: no {field} at `{selector}` in {url}{more}")
        self.field = field
        self.selector = selector
        self.url = url


class BrowserMissing(ScraperError):
    """No usable Chromium or driver on this machine."""


class BadRequest(ScraperError):
    """A genre, listing, chart or date that the site does not have."""

    exit_code = 2
