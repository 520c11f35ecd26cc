"""A whole crawl put together: settings, manners, browser, run, frontier and sink, from the first look at robots.txt to the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from reumi.errors import AlreadyCrawling
from reumi.jobs.selection import lists_of, plan_of
from reumi.settings import Settings
from scraper.crawl import Crawl, CrawlPolicy, Watch
from scraper.errors import Disallowed, FetchFailed, LayoutChanged
from scraper.fetch import BrowserFetcher
from scraper.health import Judgement, Verdict
from scraper.kept import PageKeep
from scraper.politeness import Budget, Manners, PoliteFetcher, RetryPolicy, Robots, Throttle
from scraper.ports import Fetcher, PageTask
from scraper.reader import Extent, list_task
from scraper.recording import RecordingFetcher, ReplayFetcher
from scraper.records import ListKey
from scraper.report import CrawlReport
from scraper.site import Site
from scraper.standing import Standing
from scraper.stopping import StopSignal
from scraper.together import run_together
from storage.crawl_store import CrawlStore
from storage.engine import open_engine
from storage.owners import this_process
from storage.runs import finish_run, last_good_coverage, open_run, recent_runs, start_run
from storage.schema import open_for_writing
from storage.site_locks import claim_site, release_site

RESUMABLE_FOR = timedelta(days=7)  # an older unfinished run describes another week's lists
PARSER_VERSION = "1"  # raised whenever the parsers read something else from the same page


@dataclass(frozen=True, slots=True)
class CrawlOrder:
    """What to crawl and how; None and '' leave it to the settings. `sessions` is how many browsers share the run; a replay needs none."""

    lists: tuple[ListKey, ...]
    extent: Extent = field(default_factory=Extent)
    ignore_robots: bool = False
    max_requests: int | None = None
    record: Path | None = None
    replay: Path | None = None
    grid_url: str = ""
    sessions: int = 1


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """How the run ended: its id, the report, requests sent, whether it continued an earlier sitting."""

    run_id: str
    report: CrawlReport
    requests: int
    resumed: bool
    plan: Mapping[str, Any]


@dataclass(slots=True)
class CrawlSetup:
    """Everything that follows from an order and the settings before any request is sent: also what `--dry-run` prints."""

    order: CrawlOrder
    settings: Settings
    stop: StopSignal = field(default_factory=StopSignal)
    replay: ReplayFetcher | None = field(init=False)
    site: Site = field(init=False)
    manners: Manners = field(init=False)

    def __post_init__(self) -> None:
        self.replay = ReplayFetcher(self.order.replay) if self.order.replay is not None else None
        self.site = Site(self.replay.site_root if self.replay is not None else self.settings.site_url)
        self.manners = Manners(
            Throttle(self.gap, self.settings.gap_jitter, self.stop.wait),
            Budget(self.budget),
            Robots.ignored(),
        )

    @property
    def gap(self) -> float:
        """Seconds between two requests."""
        if self.replay is not None:
            return 0.0
        return self.settings.loopback_gap if self.site.is_loopback else self.settings.request_gap

    @property
    def budget(self) -> int | None:
        """Most requests; None where there is no limit (a replay, this very machine)."""
        if self.order.max_requests is not None:
            return self.order.max_requests
        return None if self.replay is not None or self.site.is_loopback else self.settings.max_requests

    @property
    def policy(self) -> CrawlPolicy:
        """What the crawl reads and how patient it is; a replay has nothing to wait for."""
        retry = RetryPolicy(self.settings.backoff) if self.replay is None else RetryPolicy(0.0, attempts=1)
        return CrawlPolicy(self.order.extent, retry, lease_seconds=60 + 8 * (self.settings.page_timeout + self.gap))

    def tasks(self) -> list[PageTask]:
        """The first page of each list."""
        return [list_task(self.site, key) for key in self.order.lists]

    def plan(self) -> dict[str, Any]:
        """The identity of the run."""
        return plan_of(self.order.lists, self.order.extent, self.site.root, "site" if self.replay is None else "replay")


def run_crawl(
    order: CrawlOrder, settings: Settings, database_url: str, *, stop: StopSignal | None = None, watch: Watch | None = None
) -> CrawlOutcome:
    """Crawl to the end, or until something stops it, and store the verdict.

    Raises BadRequest, AlreadyCrawling, BrowserMissing, Disallowed, Blocked, FetchFailed or a storage error when the crawl cannot
    begin; whatever happens later is in the outcome's report.
    """
    setup = CrawlSetup(order, settings, stop or StopSignal())
    tasks = setup.tasks()
    open_engine(database_url).dispose()  # a database that cannot be written is told before the site is bothered
    with ExitStack() as stack:
        stack.enter_context(setup.stop.on_signals())
        engine = open_for_writing(database_url)
        stack.callback(engine.dispose)
        _require_alone(setup, engine, stack)
        # A recording is dated by the answer that was read last, so that two sessions would take each other's time for theirs.
        sessions = 1 if setup.replay is not None else max(order.sessions, 1)
        fetchers = [_fetcher(setup) for _ in range(sessions)]
        for polite, _ in fetchers:
            stack.callback(polite.close)
        _read_robots(setup, fetchers[0][1], tasks)
        return _run(setup, engine, [polite for polite, _ in fetchers], tasks, watch)


def _require_alone(setup: CrawlSetup, engine: Engine, stack: ExitStack) -> None:
    """Claim the site until the stack unwinds. Raises AlreadyCrawling where another process asks it: two would be twice as often.

    Crawlers on other machines may share a run; on this one `--sessions` does it under one set of manners.
    """
    if setup.site.is_loopback or setup.replay is not None:
        return
    other = claim_site(engine, setup.site.root, this_process())
    if other is not None:
        raise AlreadyCrawling(
            f"process {other.split('/')[1]} crawls {setup.site.root} already: "
            "two would ask it twice as often as the manners allow; wait for it, or use --sessions"
        )
    stack.callback(release_site, engine, setup.site.root, this_process())


def _run(setup: CrawlSetup, engine: Engine, fetchers: Sequence[Fetcher], tasks: list[PageTask], watch: Watch | None) -> CrawlOutcome:
    plan = setup.plan()
    history = last_good_coverage(engine, plan)
    run_id = open_run(engine, plan, max_age=RESUMABLE_FOR)
    resumed = run_id is not None
    if run_id is None:
        run_id = start_run(
            engine, plan, setup.site.root, setup.settings.user_agent, setup.order.ignore_robots, parser_version=PARSER_VERSION
        )
    keeper, standing = PageKeep(Path(setup.settings.kept_pages)), Standing(len(fetchers))

    def crawl(fetcher: Fetcher) -> Crawl:
        store = CrawlStore(engine, run_id, this_process())
        now = setup.replay.now if setup.replay is not None else lambda: datetime.now(UTC)
        return Crawl(
            fetcher, store, store, setup.policy, setup.site,
            stop=setup.stop, watch=watch, keeper=keeper, standing=standing, now=now,
        )  # fmt: skip

    report = run_together([crawl(fetcher) for fetcher in fetchers], tasks, setup.stop, history, resumed=resumed)
    # A run whose layout is unknown is over: after the parser is mended a new run reads everything again.
    over = report.finished or isinstance(report.ending, LayoutChanged)
    report = replace(report, judgement=_with_earlier_failures(report, CrawlStore(engine, run_id, this_process()).counts().failed))
    judgement, requests = report.judgement, setup.manners.budget.spent
    finish_run(
        engine, run_id, "finished" if over else "stopped", str(judgement.verdict), judgement.reasons,
        report.tally.counts(), report.tally.coverage(), requests,
    )  # fmt: skip
    return CrawlOutcome(run_id, report, requests, resumed, plan)


def _with_earlier_failures(report: CrawlReport, failed: int) -> Judgement:
    """The report's judgement, made worse by pages that an earlier sitting of the same run gave up."""
    found, earlier = report.judgement, failed - len(report.tally.failed)
    if earlier <= 0:
        return found
    verdict = Verdict.DEGRADED if found.verdict is Verdict.OK else found.verdict
    return Judgement(verdict, (*found.reasons, f"{earlier} page(s) were given up before the run was continued"))


def unfinished_order(database_url: str, order: CrawlOrder, site_url: str) -> CrawlOrder | None:
    """`order` with the lists of the site's newest run that was stopped or died; None where every run is finished or too old."""
    engine = open_for_writing(database_url)
    try:
        for run in recent_runs(engine, limit=50):
            fresh = run.started_at >= datetime.now(UTC) - RESUMABLE_FOR
            if fresh and run.state != "finished" and run.plan.get("source") == "site" and run.site_url == Site(site_url).root:
                lists, extent = lists_of(run.plan)
                return replace(order, lists=lists, extent=extent)
        return None
    finally:
        engine.dispose()


def _fetcher(setup: CrawlSetup) -> tuple[Fetcher, BrowserFetcher | None]:
    """The fetcher of one session, politely wrapped, and the browser within it, if any."""
    if setup.replay is not None:
        return setup.replay, None
    from scraper.browser import Browser, BrowserPlan

    settings, grid_url = setup.settings, setup.order.grid_url or setup.settings.grid_url
    plan = BrowserPlan(settings.user_agent, settings.page_timeout, grid_url)
    browser = BrowserFetcher(setup.site, lambda: Browser(plan), settings.page_timeout, settings.browser_pages, setup.manners.admit)
    inner: Fetcher = browser
    if setup.order.record is not None:
        inner = RecordingFetcher(browser, setup.order.record, setup.site.root)
    return PoliteFetcher(inner, setup.manners, setup.site, setup.stop), browser


def _read_robots(setup: CrawlSetup, browser: BrowserFetcher | None, tasks: Sequence[PageTask]) -> None:
    """Read robots.txt and hold the crawl to it. Raises Disallowed when it forbids any kind of page that the crawl would read."""
    if browser is None or setup.order.ignore_robots:
        return
    robots = _robots_of(setup, browser)
    setup.manners.throttle.at_least(robots.crawl_delay)
    for url in (*(task.url for task in tasks), setup.site.song_url("1"), setup.site.likes_url(["1"])):
        if not robots.allows(url):
            raise Disallowed(url, "the site's robots.txt forbids it; see docs/crawling.md, or go on with --ignore-robots")
    setup.manners.robots = robots


def _robots_of(setup: CrawlSetup, browser: BrowserFetcher) -> Robots:
    """The site's rules; a site or a browser that fails at the very first request gets a second chance, and no third."""
    url = setup.site.robots_url()

    def ask() -> Robots:
        setup.manners.admit(url)
        with setup.stop.interruptible():
            return Robots.read(browser.robots(), setup.settings.user_agent)

    try:
        return ask()
    except FetchFailed as error:
        setup.stop.wait(setup.policy.retry.after_failure(error, 1) or 0.0)
        return ask()
