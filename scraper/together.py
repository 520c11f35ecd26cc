"""Several crawls of one frontier in threads, each with its own browser: one set of manners, one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from scraper.crawl import Crawl, CrawlReport
from scraper.errors import Stopped
from scraper.health import Verdict, judge
from scraper.ports import PageTask
from scraper.stopping import StopSignal
from scraper.tally import Tally


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
        return crawls[0].run(start)
    with ThreadPoolExecutor(len(crawls), thread_name_prefix="crawl") as pool:
        running: set[Future[CrawlReport]] = {pool.submit(crawl.run, start) for crawl in crawls}
        reports: list[CrawlReport] = []
        try:
            while running:
                # A time-out, so that the main thread comes round to its signal handlers.
                done, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                reports += [future.result() for future in done]
                if any(report.ending is not None for report in reports):
                    stop.set()
        except BaseException:
            stop.set()
            raise
    return _add_up(reports, history, resumed)


def _add_up(reports: Sequence[CrawlReport], history: Sequence[Mapping[str, Any]], resumed: bool) -> CrawlReport:
    tally = Tally()
    for report in reports:
        tally.merge(report.tally)
    ended = sorted((item for item in reports if item.ending is not None), key=lambda item: isinstance(item.ending, Stopped))
    ending = ended[0].ending if ended else None
    judgement = judge(tally, history, whole=ending is None and not resumed)
    if ended and ended[0].judgement.verdict is Verdict.BLOCKED:
        judgement = ended[0].judgement
    return CrawlReport(ending is None, ending, judgement, tally, max(report.seconds for report in reports))
