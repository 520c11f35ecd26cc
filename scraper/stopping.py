"""A request to end, and waiting that such a request cuts short."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scraper.errors import Stopped

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """Set once, seen by everything that waits; safe to set from a signal handler or from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._may_raise = False

    def set(self) -> None:
        """Ask the crawl to end."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether the crawl was asked to end."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Stopped when the crawl was asked to end."""
        if self._event.is_set():
            raise Stopped("the crawl was asked to end")

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or raise Stopped as soon as the crawl is asked to end."""
        if seconds > 0:
            self._event.wait(seconds)
        self.check()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Mark a wait for the browser, the only place where a signal may break off what runs.

        Between two such waits lies the writing of records, which a signal must not cut in two. A signal comes to the main thread: where
        another one waits, the main thread has the sessions' results to gather, and must not be broken off for it.
        """
        self.check()
        self._may_raise = threading.current_thread() is threading.main_thread()
        try:
            yield
        finally:
            self._may_raise = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the crawl cleanly; elsewhere than in the main thread signals stay as they are."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._handle) for number in ENDING_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._event.set()
        if self._may_raise:
            self._may_raise = False
            raise Stopped(f"the crawl was asked to end by {signal.Signals(number).name}")
