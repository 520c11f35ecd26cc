"""What `reumi crawl` says: the plan of a dry run, progress, the summary."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reumi.jobs.crawl import CrawlOrder, CrawlOutcome, CrawlSetup
from reumi.jobs.selection import list_key
from reumi.settings import Settings
from scraper.crawl import Watch
from scraper.errors import Blocked, BudgetSpent, ScraperError, Stopped
from scraper.ports import PageTask, TaskKind
from scraper.reader import Reading
from scraper.records import Chart, Listing, ListKey
from scraper.site import LIKES_PER_CALL, PAGE_SIZE, genre

LISTING_NAMES = {Listing.STEADY: "steady sellers", Listing.POPULAR: "popular songs", Listing.NEWEST: "newest songs"}
_CHART_ROWS = 100
_EVERY = 25  # song pages between two plain lines


def list_title(key: ListKey) -> str:
    """A list's name for people: `발라드 steady sellers`, `TOP100 chart 2026112421`."""
    if key.chart is not None:
        name = key.chart.upper() if key.chart in (Chart.TOP100, Chart.HOT100) else key.chart.capitalize()
        return f"{name} chart{f' {key.period}' if key.period else ''}"
    assert key.genre_code is not None
    assert key.listing is not None
    name = genre(key.genre_code).name
    return f"{name} {key.sub_genre_code or ''} {LISTING_NAMES[key.listing]}".replace("  ", " ")


def describe_setup(setup: CrawlSetup, database_url: str) -> Iterator[str]:
    """What a crawl would read, under which manners, and how long it would take; nothing is sent or written."""
    order, extent = setup.order, setup.order.extent
    yield f"Site: {setup.site.root}" + (" (from a recording)" if setup.replay is not None else "")
    yield f"Database: {database_url.rpartition('@')[2] or database_url}"
    pages = likes = songs = 0
    for key in order.lists:
        rows = extent.rows(key)
        known = _CHART_ROWS if key.chart is not None and rows is None else rows
        yield f"  {list_title(key)}: {'to its end' if known is None else f'at most {known} rows'}   {setup.site.list_url(key)}"
        pages += 1 if key.chart is not None or known is None else -(-known // PAGE_SIZE)
        likes += -(-(known or PAGE_SIZE) // LIKES_PER_CALL)
        songs += known or PAGE_SIZE
    requests = 1 + pages + likes + songs
    at_most = "at least" if extent.genre_rows is None else "at most"
    parts = f"1 robots.txt, {pages} list pages, {likes} like calls, {songs} song pages"
    yield f"Requests: {at_most} {requests} ({parts}; none for a song read in the last {_span(extent.refresh_details.total_seconds())})"
    budget = setup.budget
    yield f"Budget: {'none' if budget is None else f'{budget} requests a run; the rest is read by running again'}"
    sent = requests if budget is None else min(requests, budget)
    yield f"Gap: {setup.gap:g} s between requests, varied by {setup.settings.gap_jitter:.0%}; longer while the site is slow"
    yield f"Time: about {_span(sent * max(setup.gap, 0.05))} for {sent} requests"
    yield f"Robots: {'IGNORED, as asked' if order.ignore_robots else 'read first and obeyed'}"
    yield f"User-Agent: {setup.settings.user_agent}"
    waits = [setup.settings.backoff, 10 * setup.settings.backoff]
    yield f"Refused: wait {waits[0]:g} s, then {waits[1]:g} s (or what Retry-After says), stop at the third refusal in a row"
    yield f"Connections: {order.sessions} browser{'s' if order.sessions > 1 else ''}, one request in flight each"


def summarise(outcome: CrawlOutcome, settings: Settings) -> Iterator[str]:
    """The end of a crawl in a few lines."""
    report, tally = outcome.report, outcome.report.tally
    counts = tally.counts()
    yield ""
    for name, rows in sorted(tally.lists.items()):
        yield f"  {rows:>5} songs  {list_title(list_key(name))}"
    unchanged = len(tally.songs - tally.due)
    yield f"Songs: {len(tally.songs)} on the lists: {len(tally.due)} new or due, {unchanged} unchanged, {tally.gone} gone"
    if tally.likes_asked:
        yield f"Likes: known for {len(tally.likes_known)} of {len(tally.likes_asked)} songs"
    if tally.lyrics:
        yield "Lyrics: " + ", ".join(f"{status} {number}" for status, number in sorted(counts["lyrics"].items()))
    yield f"Requests: {outcome.requests} in {_span(report.seconds)}   run {outcome.run_id}{' (continued)' if outcome.resumed else ''}"
    yield f"Verdict: {report.judgement.verdict}"
    yield from (f"  - {reason}" for reason in report.judgement.reasons)
    if tally.layout_failures:
        yield f"  The refused pages are kept in {settings.kept_pages}: `reumi doctor pages` reads them again."
    if isinstance(report.ending, BudgetSpent):
        yield f"Stopped: {report.ending}; run the same command again to go on."
    elif isinstance(report.ending, Blocked | Stopped):
        yield "Stopped: everything read is saved; run the same command again, or `reumi crawl --resume`, to go on."


class PlainWatch:
    """Progress as plain lines, for a pipe or a log. Safe to share between threads."""

    def __init__(self) -> None:
        self._songs = 0
        self._lock = threading.Lock()

    def read(self, task: PageTask, reading: Reading) -> None:
        """One line per list page, one for every so many song pages."""
        with self._lock:
            if task.kind is TaskKind.LIST and task.list_key is not None:
                self._say(f"{list_title(task.list_key)}: {len(reading.harvest.listed)} rows from row {task.start_index}")
            elif task.kind is TaskKind.SONG:
                self._songs += 1
                if self._songs % _EVERY == 0:
                    self._say(f"{self._songs} song pages")

    def missed(self, task: PageTask, error: ScraperError, again_in: float | None) -> None:  # noqa: ARG002 (a Watch's signature)
        """One line per page that was not read."""
        with self._lock:
            self._say(f"{error}; " + ("not tried again" if again_in is None else f"again in {_span(again_in)}"))

    def _say(self, line: str) -> None:
        click.echo(line)


class BarWatch(PlainWatch):
    """Progress as a bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._task = progress.add_task("lists", total=None)
        self._known = 0

    def expect(self, pages: int) -> None:
        """Count pages that are known to be read from the start."""
        self._known += pages

    def read(self, task: PageTask, reading: Reading) -> None:
        """Move the bar by one page; the total grows with the pages that follow."""
        with self._lock:
            self._known += len(reading.follow)
            name = list_title(task.list_key) if task.list_key is not None else "song pages"
            self._progress.update(self._task, advance=1, total=max(self._known, 1), description=name)

    def _say(self, line: str) -> None:
        self._progress.console.print(line, highlight=False, markup=False)


@contextmanager
def watching(order: CrawlOrder, terminal: bool) -> Iterator[Watch]:
    """A watch that fits where the output goes."""
    if not terminal:
        yield PlainWatch()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(), transient=True) as progress:
        watch = BarWatch(progress)
        watch.expect(len(order.lists))
        yield watch


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
