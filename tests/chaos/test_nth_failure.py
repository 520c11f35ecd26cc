"""The n-th fetch, SQL statement or file write fails, for every n: the database stays whole, the next run completes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from scraper.crawl import Crawl, CrawlPolicy
from scraper.errors import Blocked, BrowserDied, CannotKeep, FetchFailed
from scraper.politeness import RetryPolicy
from scraper.ports import Fetcher, Page
from scraper.reader import list_task
from scraper.recording import RecordingFetcher, ReplayFetcher
from scraper.records import Chart, Listing, ListKey
from scraper.report import CrawlReport
from scraper.site import Site
from storage.crawl_store import CrawlStore
from storage.engine import open_engine
from storage.errors import StorageError
from storage.owners import this_process
from storage.runs import finish_run, open_run, start_run
from tests.small_site import SmallSite, UrllibFetcher

KEYS = (ListKey(genre_code="GN0100", listing=Listing.STEADY), ListKey(chart=Chart.TOP100))
SONGS = list(range(1, 9))
REQUESTS = 2 + 2 + len(SONGS)


def _crawl(engine: Engine, fetcher: Fetcher, root: str) -> CrawlReport:
    site, plan = Site(root), {"lists": "both"}
    run_id = open_run(engine, plan) or start_run(engine, plan, root, "test", False)
    store = CrawlStore(engine, run_id, this_process())
    report = Crawl(fetcher, store, store, CrawlPolicy(retry=RetryPolicy(backoff=0.03)), site).run([list_task(site, key) for key in KEYS])
    if report.finished:
        finish_run(engine, run_id, "finished", "ok", (), {}, {}, 0)
    return report


def _assert_whole(engine: Engine, *, complete: bool) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        songs = connection.execute(text("SELECT count(*), count(lyrics), count(likes) FROM songs")).one()
        entries = connection.scalar(text("SELECT count(*) FROM list_entries"))
        twice = connection.scalar(
            text("SELECT count(*) FROM (SELECT 1 FROM list_entries GROUP BY list_name, rank, run_id HAVING count(*) > 1) AS x")
        )
        # A page that is marked as read has its records, and the other way round: both are one transaction.
        done = connection.scalar(text("SELECT count(*) FROM frontier_pages WHERE kind = 'song' AND state = 'done'"))
    assert twice == 0
    assert done == songs[1]
    if complete:
        assert tuple(songs) == (8, 8, 8)
        assert entries == 16


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite(songs={("GN0100", "steady"): SONGS}, chart=list(reversed(SONGS))) as running:
        yield running


class FailingFetcher:
    """Raises `error` in place of the `n`-th answer."""

    def __init__(self, inner: Fetcher, n: int, error: Exception) -> None:
        self._inner, self._left, self._error = inner, n, error

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error

    def get(self, url: str) -> Page:
        self._count()
        return self._inner.get(url)

    def expect(self, url: str) -> None:
        pass

    def render(self, url: str) -> Page:
        self._count()
        return self._inner.render(url)

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        self._count()
        return self._inner.likes(song_ids)

    def screenshot(self) -> bytes | None:
        return None

    def close(self) -> None:
        pass


@pytest.mark.parametrize("n", range(1, REQUESTS + 1))
@pytest.mark.parametrize(
    "error", [FetchFailed("u", "dropped"), BrowserDied("u", "killed"), Blocked("u", "HTTP 406")], ids=lambda error: type(error).__name__
)
def test_the_nth_fetch_fails_and_the_crawl_completes(sqlite_engine: Engine, site: SmallSite, n: int, error: Exception) -> None:
    report = _crawl(sqlite_engine, FailingFetcher(UrllibFetcher(Site(site.root)), n, error), site.root)
    assert report.finished
    _assert_whole(sqlite_engine, complete=True)


@contextmanager
def failing_statement(engine: Engine, n: int) -> Iterator[Callable[[], bool]]:
    """The `n`-th statement on `engine` fails as a full disk does; yields whether it was reached."""
    seen = 0

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == n:
            raise OperationalError(statement, {}, OSError("disk I/O error"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield lambda: seen >= n
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def test_whichever_statement_fails_the_data_stay_whole_and_the_next_run_completes(
    sqlite_template: Path, tmp_path: Path, site: SmallSite
) -> None:
    n, reached = 1, True
    while reached:
        engine = open_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / f'{n}.db')}")
        with failing_statement(engine, n) as was_reached, suppress(OperationalError, StorageError):
            _crawl(engine, UrllibFetcher(Site(site.root)), site.root)
        reached = was_reached()
        _assert_whole(engine, complete=False)
        assert _crawl(engine, UrllibFetcher(Site(site.root)), site.root).finished
        engine.dispose()
        fresh = create_engine(f"sqlite:///{tmp_path / f'{n}.db'}")
        with fresh.connect() as connection:
            assert connection.execute(text("SELECT count(*), count(lyrics), count(likes) FROM songs")).one() == (8, 8, 8)
        fresh.dispose()
        n += 1 if n < 12 else 7
    assert n > 50


@pytest.mark.parametrize("n", range(1, REQUESTS + 2))
def test_the_nth_file_write_fails_and_the_recording_is_completed_by_the_next_run(
    sqlite_engine: Engine, site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    written, real = 0, Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        nonlocal written
        written += 1
        if written == n:
            real(path, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        return real(path, content)

    tape = tmp_path / "tape"
    monkeypatch.setattr(Path, "write_bytes", write)
    with suppress(CannotKeep):
        _crawl(sqlite_engine, RecordingFetcher(UrllibFetcher(Site(site.root)), tape, site.root), site.root)
    monkeypatch.undo()
    _assert_whole(sqlite_engine, complete=False)
    if written >= n:
        report = _crawl(sqlite_engine, RecordingFetcher(UrllibFetcher(Site(site.root)), tape, site.root), site.root)
        assert report.finished
    _assert_whole(sqlite_engine, complete=True)
    replay = ReplayFetcher(tape)
    assert len([replay.get(site.root + path) for path in set(site.paths("/song/"))]) == 8
