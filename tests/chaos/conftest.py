"""The fixtures of the browser tests, for chaos with a real browser."""

from tests.browser.conftest import browser_home, crawl, crawl_process, environment, replica

__all__ = ["browser_home", "crawl", "crawl_process", "environment", "replica"]
