"""Brings pages through one open browser: `fetch()` run inside it, which skips the page's scripts and is far faster than loading it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from selenium.common.exceptions import TimeoutException, WebDriverException
from urllib3.exceptions import HTTPError

from scraper.browser import Browser, first_line
from scraper.errors import Blocked, BrowserDied, BrowserMissing, FetchFailed
from scraper.pages.likes import read_likes
from scraper.pages.markers import require_page
from scraper.ports import Page
from scraper.site import Site

_FETCH = (files("scraper") / "fetch.js").read_text(encoding="utf-8")
_DOCUMENT = """
const entry = performance.getEntriesByType('navigation')[0];
const plain = document.contentType === 'text/plain' && document.body !== null;
const trouble = document.querySelector('#main-frame-error .error-code');
return {status: (entry && entry.responseStatus) || null, origin: location.origin, trouble: trouble && trouble.textContent.trim(),
        html: plain ? document.body.textContent : document.documentElement.outerHTML};
"""
# Draws a page that was read by fetch(): a policy in it forbids everything that would ask the network or run scripts.
_POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
_DRAW = "document.open(); document.write(arguments[0]); document.close();"
_AJAX_PATHS = ("/genre/song_listPaging.htm", "/commonlike/")


class BrowserFetcher:
    """Reads one site through one browser, which is started when first needed and afresh after `pages_per_browser` pages.

    `before_opening` is called with the address of the extra request that a fresh browser needs before it can fetch: the site's
    robots.txt, loaded so that the fetches come from the site's own origin.
    """

    def __init__(
        self,
        site: Site,
        start: Callable[[], Browser],
        timeout: float = 20.0,
        pages_per_browser: int = 200,
        before_opening: Callable[[str], None] = lambda _url: None,
    ) -> None:
        self._site = site
        self._start = start
        self._timeout = timeout
        self._pages_per_browser = pages_per_browser
        self._before_opening = before_opening
        self._browser: Browser | None = None
        self._expected: str | None = None
        self._has_started = False
        self._pages = 0
        self._at_home = False  # whether the browser stands on a page of the site
        self._last = ""

    def get(self, url: str) -> Page:
        """Read a page as the server sent it."""
        page, retry_after = self._fetch(url)
        require_page(page, retry_after)
        return page

    def expect(self, url: str) -> None:
        """Ask for `url` as soon as the page read next has come, so that it is on its way while that one is parsed."""
        self._expected = url

    def render(self, url: str) -> Page:
        """Load a page with its scripts and read the tree they made."""
        page = self._load(self._opened(), url)
        require_page(page)
        return page

    def robots(self) -> Page:
        """The answer to /robots.txt, whatever its status; the browser stays there as the place to fetch from."""
        return self._load(self._fresh(), self._site.robots_url())

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """Like counts from the site's JSON."""
        page, retry_after = self._fetch(self._site.likes_url(song_ids))
        return read_likes(page, song_ids, retry_after)

    def screenshot(self) -> bytes | None:
        """PNG of the page read last, drawn without scripts and network; None when that fails."""
        if self._browser is None or not self._last:
            return None
        driver = self._browser.driver
        try:
            home = driver.current_window_handle
            driver.switch_to.new_window("tab")
            driver.execute_script(_DRAW, _POLICY + self._last)
            picture = driver.get_screenshot_as_png()
            driver.close()
            driver.switch_to.window(home)
        except (WebDriverException, HTTPError, OSError):
            self.close()
            return None
        return picture

    def close(self) -> None:
        """End the browser; the next page starts another."""
        browser, self._browser = self._browser, None
        if browser is not None:
            browser.end()

    def _fetch(self, url: str) -> tuple[Page, float | None]:
        browser, following = self._opened(), self._expected
        self._expected = None
        self._pages += 1
        if self._pages >= self._pages_per_browser:
            following = None  # another browser will read it
        patience = int(self._timeout * 1000)
        arguments = (url, patience, _by_ajax(url), following, following is not None and _by_ajax(following))
        answer = self._ask(url, lambda: browser.driver.execute_async_script(_FETCH, *arguments))
        if "error" in answer:
            raise FetchFailed(url, str(answer["error"]))
        if answer["redirected"]:
            raise Blocked(url, "it sends the crawler to another address")
        self._last = str(answer["text"])
        page = Page(url=url, html=self._last, status=int(answer["status"]), seconds=float(answer["seconds"]))
        return page, retry_after_seconds(answer["retryAfter"], datetime.now(UTC))

    def _load(self, browser: Browser, url: str) -> Page:
        started = time.monotonic()
        self._ask(url, lambda: browser.driver.get(url))
        document = self._ask(url, lambda: browser.driver.execute_script(_DOCUMENT))
        self._pages += 1
        self._at_home = document["origin"] == _origin(self._site.root)
        status, self._last = document["status"], str(document["html"])
        if document["trouble"]:
            # The browser's own error page: it stands for an answer without a body, or for no answer at all.
            code = re.fullmatch(r"HTTP ERROR (\d+)", document["trouble"])
            if code is None:
                raise FetchFailed(url, str(document["trouble"]))
            status, self._last = int(code[1]), ""
        return Page(url=url, html=self._last, status=status, seconds=time.monotonic() - started)

    def _opened(self) -> Browser:
        """A browser that stands on a page of the site."""
        browser = self._browser
        if browser is None or self._pages >= self._pages_per_browser:
            browser = self._fresh()
        for place in (self._site.robots_url(), self._site.root + "/"):
            if not self._at_home:
                self._before_opening(place)
                self._load(browser, place)
        if not self._at_home:
            self.close()
            raise FetchFailed(self._site.root, "the site shows the browser no page")
        return browser

    def _fresh(self) -> Browser:
        self.close()
        self._pages, self._at_home = 0, False
        try:
            self._browser = self._start()
        except BrowserMissing as error:
            if not self._has_started:
                raise
            raise BrowserDied(self._site.root, f"the browser did not start again: {error}") from error
        self._has_started = True
        return self._browser

    def _ask(self, url: str, call: Callable[[], Any]) -> Any:
        """Run one browser command; what goes wrong becomes FetchFailed, or BrowserDied when the browser is at fault."""
        try:
            return call()
        except TimeoutException as error:
            self.close()  # the page may still be loading, and would slip into the next one
            raise FetchFailed(url, f"no answer within {self._timeout:g} s") from error
        except (WebDriverException, HTTPError, OSError) as error:
            reason = first_line(error)
            if "net::ERR_" in reason:
                raise FetchFailed(url, reason[reason.index("net::ERR_") :].split()[0]) from error
            self.close()
            raise BrowserDied(url, f"the browser ended ({reason})") from error


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or a date; None where it holds neither."""
    if header is None:
        return None
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", header):
        return float(header)
    try:
        return max((parsedate_to_datetime(header) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _by_ajax(url: str) -> bool:
    """Whether the site's own scripts ask for this address by AJAX."""
    return urlsplit(url).path.startswith(_AJAX_PATHS) or "moved=Y" in url


def _origin(root: str) -> str:
    parts = urlsplit(root)
    return f"{parts.scheme}://{parts.netloc}"
