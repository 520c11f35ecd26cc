"""Browsers that go from test to test: what is not about a browser's own life need not wait for one to start."""

from __future__ import annotations

from selenium.common.exceptions import WebDriverException
from urllib3.exceptions import HTTPError

from scraper.browser import Browser, BrowserPlan


class Lender:
    """Keeps a browser for each plan while nobody uses it."""

    def __init__(self) -> None:
        self._kept: dict[BrowserPlan, Browser] = {}

    def lend(self, plan: BrowserPlan) -> LentBrowser:
        """A browser that was started by this plan, on an empty page."""
        return LentBrowser(self, plan, self._kept.pop(plan, None) or Browser(plan))

    def take_back(self, plan: BrowserPlan, browser: Browser) -> None:
        """Keep a browser with nothing left of its last user; one that cannot be emptied is ended."""
        try:
            for command in ("Network.clearBrowserCookies", "Network.clearBrowserCache"):
                browser.driver.execute("reumiChromiumCommand", {"cmd": command, "params": {}})
            browser.driver.get("about:blank")
            alone = len(browser.driver.window_handles) == 1
        except (WebDriverException, HTTPError, OSError):
            alone = False
        if not alone or plan in self._kept:
            browser.end()
        else:
            self._kept[plan] = browser

    def close(self) -> None:
        """End all that are kept."""
        for browser in self._kept.values():
            browser.end()


class LentBrowser:
    """Stands in for a `Browser`; its end gives it back."""

    def __init__(self, lender: Lender, plan: BrowserPlan, browser: Browser) -> None:
        self._lender, self._plan, self._browser = lender, plan, browser
        self._given_back = False
        self.driver, self.folder = browser.driver, browser.folder

    def end(self) -> None:
        """Give it back; safe to call twice."""
        if not self._given_back:
            self._given_back = True
            self._lender.take_back(self._plan, self._browser)
