"""The scraper's errors, named by what the caller should do.

ScraperError
├── FetchFailed        the page did not come: try again
│   ├── ServerError    the site sent its error page, perhaps for a bad request of ours: try once more
│   └── BrowserDied    the browser ended under us: start another and try again
├── Blocked            the site refuses us: stop, keep what is saved
│   └── Disallowed     robots.txt forbids the address: never fetch it
├── Gone               the song no longer exists: skip it
├── LayoutChanged      the page came but a field is not where it was: keep the page, tell people
├── BrowserMissing     no Chromium or no driver: say how to install one
├── BudgetSpent        the run has sent all the requests it may: end it cleanly, go on another time
├── CannotKeep         a page cannot be written to disk: make room, then go on
├── KeptPageDamaged    a kept page cannot be read back from disk: delete it, so that the next one like it is kept
├── Stopped            a person or the system asked the crawl to end: end it cleanly
└── BadRequest         a genre, listing or chart that does not exist: correct the command

Every error meant for people carries `exit_code`; `str(error)` is one sentence (what, where, what to do).
"""

from __future__ import annotations

from pathlib import Path

from scraper.ports import Page


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


class ServerError(FetchFailed):
    """The site's own error page: either it is overloaded or the request was bad, and the page does not tell which."""


class BrowserDied(FetchFailed):
    """The browser or its driver ended; nothing is known about the page."""


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
    """A required field is not where the page used to hold it. `page` is the answer, where whoever fetched it saw the change."""

    exit_code = 3

    def __init__(self, field: str, selector: str, url: str, detail: str = "", *, page: Page | None = None) -> None:
        more = f" ({detail})" if detail else ""
        super().__init__(f"the page layout changed: no {field} at `{selector}` in {url}{more}")
        self.field = field
        self.selector = selector
        self.url = url
        self.page = page


class BrowserMissing(ScraperError):
    """No usable Chromium or driver on this machine."""


class BudgetSpent(ScraperError):
    """The run's budget of requests is used up."""

    def __init__(self, budget: int) -> None:
        super().__init__(f"the run has sent the {budget} requests that it may")
        self.budget = budget


class CannotKeep(ScraperError):
    """A folder of recorded or kept pages cannot be written."""

    def __init__(self, folder: object, error: OSError) -> None:
        super().__init__(f"a page cannot be kept in {folder}: {error.strerror or error}; everything read before it is saved")


class KeptPageDamaged(ScraperError):
    """The file of a kept page is missing or damaged."""

    def __init__(self, file: Path, error: Exception) -> None:
        name = file.name.partition(".")[0]
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        super().__init__(f"{file} {reason}: delete {file.parent / name}.*, and the next page that fails alike is kept anew")


class Stopped(ScraperError):
    """The crawl was asked to end."""

    exit_code = 130


class BadRequest(ScraperError):
    """A genre, listing, chart or date that the site does not have."""

    exit_code = 2
