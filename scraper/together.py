"""Several crawls of one frontier in threads, each with its own browser: one set of manners, one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from scraper.crawl import Crawl
from scraper.ports import PageTask
from scraper.report import CrawlReport, SessionResult, conclude
from scraper.stopping import StopSignal


def run_together(
    crawls: Sequence[Crawl],
    start: Sequence[PageTask],
    stop: StopSignal,
    history: Sequence[Mapping[str, Any]] = (),
    *,
    resumed: bool = False,
) -> CrawlReport:
    """Run one crawl in this thread, or several in threads, and report on all of them as one.

    What ends one crawl early ends all: the others hand their pages back. `stop` must be the signal that the crawls listen to.
    """
    if len(crawls) == 1:
        return conclude([crawls[0].read(start)], history, resumed=resumed)
    with ThreadPoolExecutor(len(crawls), thread_name_prefix="crawl") as pool:
        running: set[Future[SessionResult]] = {pool.submit(crawl.read, start) for crawl in crawls}
        results: list[SessionResult] = []
        try:
            while running:
                # A time-out, so that the main thread comes round to its signal handlers.
                done, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                results += [future.result() for future in done]
                if any(result.ending is not None for result in results):
                    stop.set()
        except BaseException:
            stop.set()
            raise
    return conclude(results, history, resumed=resumed)
