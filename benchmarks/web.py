"""The service under load, and the screen's answer: 50 clients at once over 10,000 songs, and what a diary costs the screen.

Clients pause a second, or half of one, between an answer and their next diary; `at once` they never pause, which measures throughput.
Every diary is new, except where clients ask for the same 36 again and again.
One worker answers on all cores; two divide cores and clients between them.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks.harness import Report
from reumi.answers import Answers
from reumi.settings import Settings
from tests.load import DIARIES, Served, large_data_set, load, workers

CLIENTS, WORKERS = 50, (1, 2)
# Seconds that a client waits between an answer and its next diary.
PACES = {"a diary a second": 1.0, "two a second": 0.5, "at once": 0.0}


def run(smoke: bool = False) -> Report:
    """Load the service, then time the screen's own way to an answer."""
    songs, seconds, rounds = (100, 0.2, 1) if smoke else (10_000, 30.0, 5)
    clients, haste = (4, 10) if smoke else (CLIENTS, 1)
    report = Report("web", "first")
    with tempfile.TemporaryDirectory() as folder:
        database_url = large_data_set(Path(folder), songs)
        # Each start of the service takes seconds: a smoke run starts one.
        for number in WORKERS[:1] if smoke else WORKERS:
            with workers(database_url, number) as served:
                for name, pause in PACES.items():
                    way = f"{number} worker{'s' if number > 1 else ''}, {name}"
                    report.figures |= {f"{way}: {what}": value for what, value in _loaded(served, clients, seconds, pause / haste).items()}
                way = f"{number} worker{'s' if number > 1 else ''}, the same diaries at once"
                report.figures |= {f"{way}: {what}": value for what, value in _loaded(served, clients, seconds, 0.0, fresh=False).items()}
        report.figures |= _parts(database_url, 3 if smoke else 120)
        report.add(f"diary to songs, {songs:,} songs", _screen(database_url, rounds))
    return report


def _loaded(served: Served, clients: int, seconds: float, pause: float, *, fresh: bool = True) -> dict[str, float]:
    """Requests a second, their times, and what one costs the service, which a busy machine changes least."""
    before = served.cpu()
    outcome = asyncio.run(load(served.port, clients, seconds, pause, fresh=fresh))
    after = served.cpu()
    figures = {
        "requests a second": len(outcome.seconds) / seconds,
        "p50 ms": 1000 * outcome.percentile(0.50),
        "p95 ms": 1000 * outcome.percentile(0.95),
        "failures": float(len(outcome.failures)),
    }
    if before is not None and after is not None:
        figures["ms of a core a request"] = 1000 * (after - before) / len(outcome.seconds)
    return figures


def _parts(database_url: str, rounds: int) -> dict[str, float]:
    """Median ms of a core that a request's two large parts take: reading a diary, whose sentences are known, and finding its songs."""
    answers = Answers(Settings(database_url=database_url))
    reading: list[float] = []
    finding: list[float] = []
    for diary in DIARIES:
        answers.recommend(diary)
    for number in range(rounds):
        text = f"{DIARIES[number % 6]} {DIARIES[number // 6 % 6]} {number}"
        started = process_time()
        answers.read(text)
        read = process_time()
        answers.recommend(text)
        reading.append(1000 * (read - started))
        finding.append(1000 * (process_time() - read))
    answers.close()
    return {"reading a diary, ms of a core": median(reading), "finding its songs, ms of a core": median(finding)}


def _screen(database_url: str, rounds: int) -> dict[str, list[float]]:
    """Seconds to read a diary and find its songs in a new process's first answer, which opens model and index, and in later ones."""
    first: list[float] = []
    later: list[float] = []
    for _ in range(rounds):
        answers = Answers(Settings(database_url=database_url))
        for number, diary in enumerate(DIARIES):
            started = perf_counter()
            answers.read(diary)
            answers.recommend(diary)
            (later if number else first).append(perf_counter() - started)
        answers.close()
    return {"first": first, "later": later}
