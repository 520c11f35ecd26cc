"""How a scheduler ends: with workers that are made up, and signals that are real."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from reumi.schedule.daemon import Daemon
from reumi.schedule.dispatch import Dispatcher, ProcessLauncher
from reumi.schedule.plan import SchedulePlan
from reumi.telemetry import Log
from storage.job_locks import HeldLock


class Worker(subprocess.Popen[bytes]):
    """Goes on until it is asked to stop, or for a number of looks."""

    def __init__(self, looks: int = 1_000_000) -> None:
        self.looks = looks
        self.asked = False

    def __del__(self) -> None:
        pass  # there is no process to be reaped

    def poll(self) -> int | None:
        self.looks -= 1
        return 0 if self.asked or self.looks < 0 else None

    def terminate(self) -> None:
        self.asked = True


class Signalled(Daemon):
    """A scheduler that gets its first signal at once."""

    def _serve(self, _dispatcher: Dispatcher, _lock: HeldLock) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def signals() -> Iterator[None]:
    """Gives the signals back to whom they belonged."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def launcher(worker: Worker, pause: Callable[[float], None]) -> ProcessLauncher:
    return ProcessLauncher((), {}, Log(), pause, {"job": worker})


def daemon(engine: Engine, worker: Worker, pause: Callable[[float], None], *, finish: bool) -> Daemon:
    plan = SchedulePlan(Path("schedule.toml"), ZoneInfo("Asia/Seoul"), Path(), {})
    return Signalled(plan, engine, launcher(worker, pause), Log(), finish)


def test_a_worker_that_may_finish_is_not_asked_to_stop(sqlite_engine: Engine, signals: None) -> None:
    worker = Worker(looks=50)
    daemon(sqlite_engine, worker, lambda _seconds: None, finish=True).run()
    assert not worker.asked


def test_a_second_signal_ends_the_wait_for_those_that_may_finish(sqlite_engine: Engine, signals: None) -> None:
    worker, waits = Worker(), list[bool]()

    def pause(_seconds: float) -> None:
        waits.append(worker.asked)
        if len(waits) == 3:
            signal.raise_signal(signal.SIGTERM)
        assert len(waits) < 100, "the second signal changed nothing"

    daemon(sqlite_engine, worker, pause, finish=True).run()
    assert worker.asked
    assert waits == [False, False, False]


def test_without_finish_workers_are_asked_to_stop_at_once(sqlite_engine: Engine, signals: None) -> None:
    worker, waits = Worker(), list[float]()
    daemon(sqlite_engine, worker, waits.append, finish=False).run()
    assert worker.asked
    assert waits == []
