"""How a crawl ended: what one session did, or what several did together, judged as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scraper.errors import Blocked, BudgetSpent, CannotKeep, FetchFailed, LayoutChanged, ScraperError, Stopped
from scraper.health import Judgement, Verdict, judge
from scraper.tally import Tally

UNREADABLE_AFTER = 5  # pages in a row whose layout is unknown: the rest would only fail alike


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How a crawl ended.

    `finished` tells whether no page is left to read; `ending` is the error that ended it before, if any; `seconds` is wall time.
    """

    finished: bool
    ending: ScraperError | None
    judgement: Judgement
    tally: Tally
    seconds: float

    @property
    def exit_code(self) -> int:
        """0, or what the command line exits with: 1 disk full, 3 broken, 4 unreachable, 5 refused, 130 asked to end."""
        if isinstance(self.ending, Blocked | CannotKeep | Stopped | FetchFailed | LayoutChanged):
            return self.ending.exit_code
        return LayoutChanged.exit_code if self.judgement.verdict is Verdict.BROKEN else 0


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What one session of a crawl did, not judged yet. `last_failure` is the last page that did not come, whether or not it came later."""

    tally: Tally
    ending: ScraperError | None
    last_failure: FetchFailed | None
    seconds: float


def conclude(results: Sequence[SessionResult], history: Sequence[Mapping[str, Any]] = (), *, resumed: bool = False) -> CrawlReport:
    """The report on a crawl of one session or more, which have read one frontier.

    `history` is the `coverage` of earlier good runs of the same plan, newest first; a `resumed` crawl saw only a part of its lists.
    """
    tally = Tally()
    for result in results:
        tally.merge(result.tally)
    ending = _ending([result.ending for result in results if result.ending is not None])
    failures = [result.last_failure for result in results if result.last_failure is not None]
    if ending is None and failures and not (tally.pages or tally.gone or tally.layout_failures):
        ending = failures[-1]  # few pages, and not one of them came
    judgement = _judge(tally, ending, history, resumed)
    return CrawlReport(ending is None, ending, judgement, tally, max(result.seconds for result in results))


def _ending(endings: Sequence[ScraperError]) -> ScraperError | None:
    """The one that tells why: the others were asked to stop for it, or would have ended for want of requests anyway."""
    return min(endings, key=lambda error: (isinstance(error, Stopped), isinstance(error, BudgetSpent)), default=None)


def _judge(tally: Tally, ending: ScraperError | None, history: Sequence[Mapping[str, Any]], resumed: bool) -> Judgement:
    found = judge(tally, history, whole=ending is None and not resumed)
    if isinstance(ending, Blocked):
        return Judgement(Verdict.BLOCKED, (str(ending), *found.reasons))
    if isinstance(ending, LayoutChanged) and found.verdict is not Verdict.BROKEN:
        return Judgement(Verdict.BROKEN, (f"{UNREADABLE_AFTER} pages in a row could not be read: {ending}", *found.reasons))
    return found
