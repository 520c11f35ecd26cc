"""`kill -9` at random moments of a crawl: nothing committed is lost, nothing is read twice, the end is that of a crawl left in peace."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from storage.schema import check, open_for_writing
from tests.small_site import SmallSite

WORKER = Path(__file__).with_name("worker.py")


def _site(pages: int) -> SmallSite:
    """Lists of 100 songs, so that `pages` is the number of song pages."""
    codes = [f"GN{number:02}00" for number in range(1, pages // 100 + 1)]
    lists = {(code, "steady"): list(range(1_000 * place, 1_000 * place + 100)) for place, code in enumerate(codes, start=1)}
    return SmallSite(songs=lists, delay=0.002)


def _start(database: str, site: SmallSite) -> subprocess.Popen[str]:
    genres = ",".join(code for code, _ in site.songs)
    return subprocess.Popen(
        [sys.executable, str(WORKER), database, site.root, genres, "100"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _content(database: str) -> list[list[tuple[Any, ...]]]:
    """Everything that a crawl is for, without the moments of reading."""
    queries = [
        "SELECT song_id, title, artist, album, lyrics, lyrics_status, likes FROM songs ORDER BY song_id",
        "SELECT list_name, song_id, rank, count(*) FROM list_entries GROUP BY list_name, song_id, rank ORDER BY 1, 2",
        "SELECT song_id, likes, count(*) FROM like_snapshots GROUP BY song_id, likes ORDER BY 1, 2",
    ]
    engine = create_engine(database)
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(query))] for query in queries]
    engine.dispose()
    return found


def _done(database: str) -> set[str]:
    engine = create_engine(database)
    with engine.connect() as connection:
        done = set(connection.scalars(text("SELECT url FROM frontier_pages WHERE state = 'done'")))
    engine.dispose()
    return done


def _kill_until(database: str, site: SmallSite, kills: int, seed: int) -> None:
    """Kill worker after worker a few requests after its start, then let one finish. Checks after every death what is committed."""
    draw = random.Random(seed)
    for _ in range(kills):
        committed, asked_before = _done(database), len(site.requests)
        with _start(database, site) as worker:
            # By requests and not by the clock, so that a busy machine does not lengthen the lives; then at any point of a page.
            life = draw.randint(1, 9)
            while len(site.requests) < asked_before + life and worker.poll() is None:
                time.sleep(0.001)
            time.sleep(draw.uniform(0.0, 0.006))
            assert worker.poll() is None, "the crawl ended before all kills were done: give it more pages"
            worker.kill()
        assert committed <= _done(database)
        again = {site.root + path for _, path in site.requests[asked_before:]} & committed
        assert again == set(), "pages were read again after their commit"
    with _start(database, site) as worker:
        out, err = worker.communicate(timeout=900)
    assert out.strip() == "0", err


@pytest.fixture(scope="module")
def in_peace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[list[tuple[Any, ...]]]]:
    """What a crawl of so many pages that nobody kills ends with: one for all engines."""

    @cache
    def content(pages: int) -> list[list[tuple[Any, ...]]]:
        database = f"sqlite:///{tmp_path_factory.mktemp('peaceful') / 'songs.db'}"
        with _site(pages) as site, _start(database, site) as worker:
            assert worker.communicate(timeout=900)[0].strip() == "0"
        return _content(database)

    return content


@pytest.mark.parametrize(("kills", "pages"), [(3, 100), pytest.param(100, 1_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_killed_crawls_end_with_what_a_crawl_in_peace_ends_with(
    database: str, in_peace: Callable[[int], list[list[tuple[Any, ...]]]], kills: int, pages: int
) -> None:
    open_for_writing(database).dispose()
    wanted = in_peace(pages)
    with _site(pages) as site:
        _kill_until(database, site, kills, seed=pages)
        assert _content(database) == wanted
        songs = site.paths("/song/")
        assert len(set(songs)) == pages
        assert len(songs) <= pages + kills  # only a page in flight at a kill may be asked for once more
    assert len(wanted[0]) == pages
    engine = open_for_writing(database)
    assert check(engine) == []
    engine.dispose()
