"""The service under load, and the screen's answer: 50 clients at once over 10,000 songs, and what a diary costs the screen.

`paced` clients pause about half a second between an answer and their next diary; `at once` they never pause, which measures throughput.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.harness import Report
from reumi.answers import Answers
from reumi.settings import Settings
from tests.load import DIARIES, large_data_set, load, workers

CLIENTS, WORKERS = 50, 2


def run(smoke: bool = False) -> Report:
    """Load the service, then time the screen's own way to an answer."""
    songs, seconds, rounds = (100, 0.5, 1) if smoke else (10_000, 60.0, 5)
    report = Report("web", "first")
    with tempfile.TemporaryDirectory() as folder:
        database_url = large_data_set(Path(folder), songs)
        with workers(database_url, WORKERS) as port:
            for name, pause in (("paced", 0.5), ("at once", 0.0)):
                outcome = asyncio.run(load(port, CLIENTS, seconds, pause))
                report.figures[f"{name}: requests a second"] = len(outcome.seconds) / seconds
                report.figures[f"{name}: p50 ms"] = 1000 * outcome.percentile(0.50)
                report.figures[f"{name}: p95 ms"] = 1000 * outcome.percentile(0.95)
                report.figures[f"{name}: failures"] = len(outcome.failures)
        report.add(f"diary to songs, {songs:,} songs", _screen(database_url, rounds))
    return report


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
