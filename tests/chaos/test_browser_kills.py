"""Chromium and chromedriver are killed again and again: the crawl completes, no process remains, memory stays flat."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reumi.replica.server import Faults, Replica
from scraper import orphans
from tests.browser.conftest import browsers_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
Start = Callable[..., "subprocess.Popen[Any]"]


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(filler=700) as running:
        yield running


def _programs(folder: Path) -> dict[int, str]:
    """Process id → program of the browser's own processes, without the watcher."""
    found = {}
    for pid in browsers_of(folder):
        try:
            name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        except OSError:
            continue
        if "chrom" in name:
            found[pid] = name
    return found


def test_twenty_kills_of_browser_and_driver_cost_no_data_and_leave_no_process(
    crawl_process: Start, environment: Path, replica: Replica, browser_home: Path
) -> None:
    replica.faults = Faults(latency=40)
    process = crawl_process("--genre", "발라드", "--genre", "댄스", "--genre", "록", "--limit", "200")
    draw, kills, seen = random.Random(5), 0, 0
    while kills < 20 and process.poll() is None:
        # A kill every few pages, so that each browser has read something.
        if len(replica.pages()) < seen + draw.randint(2, 8):
            time.sleep(0.01)
            continue
        programs = _programs(browser_home)
        if programs:
            victim = draw.choice(sorted(programs))
            os.kill(victim, signal.SIGKILL)
            kills += 1
            seen = len(replica.pages()) + 3
    out, err = process.communicate(timeout=600)
    assert (process.returncode, kills) == (0, 20), (out[-500:], err)
    assert "Traceback" not in err
    assert browsers_of(browser_home) == []
    assert list(browser_home.glob(f"{orphans.PREFIX}*")) == []
    with sqlite3.connect(environment / "songs.db") as connection:
        songs, unread = connection.execute("SELECT count(*), sum(lyrics_status = 'unread') FROM songs").fetchone()
        twice = connection.execute("SELECT count(*) FROM list_entries GROUP BY list_name, song_id HAVING count(*) > 1").fetchall()
    assert songs > 100
    assert (unread, twice) == (0, [])


def test_memory_is_flat_over_five_hundred_pages(
    crawl_process: Start, environment: Path, replica: Replica, browser_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REUMI_BROWSER_PAGES", "100")
    process = crawl_process(
        "--genre", "발라드", "--genre", "댄스", "--genre", "록", "--genre", "인디", "--listing", "newest", "--limit", "200"
    )
    samples: list[tuple[int, int, int]] = []
    while process.poll() is None:
        pages = len(replica.pages())
        own = _resident([process.pid])
        if pages and own:
            samples.append((pages, own, _resident(browsers_of(browser_home))))
        time.sleep(0.05)
    out, err = process.communicate()
    assert process.returncode == 0, (out[-500:], err)
    pages = samples[-1][0]
    assert pages >= 500

    def usual(first: int, last: int, which: int) -> float:
        """The median: a browser that is just starting, or about to be ended, holds more or less for a moment."""
        return statistics.median(sample[which] for sample in samples if first <= sample[0] < last)

    early, late = (100, 300), (pages - 200, pages + 1)
    print(f"{pages} pages: crawler {usual(*early, 1)} -> {usual(*late, 1)} kB, browser {usual(*early, 2)} -> {usual(*late, 2)} kB")
    assert usual(*late, 1) <= 1.10 * usual(*early, 1)
    assert usual(*late, 2) <= 1.10 * usual(*early, 2)


def _resident(pids: list[int]) -> int:
    """Proportional memory of some processes in kB: what they share is counted once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total
