"""The fixtures of the browser tests, for chaos with a real browser."""

from tests.browser.conftest import crawl, crawl_process, environment, replica

__all__ = ["crawl", "crawl_process", "environment", "replica"]
