"""Work that waits for one of a few threads, in a line that has an end and that whoever has gone leaves."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from reumi.api.errors import QueueFull

T = TypeVar("T")
# Some five seconds of ordinary diaries on two cores: whoever came later would have stopped waiting before the answer.
MOST_WAITING = 256


class WorkQueue:
    """Runs work in `threads` threads, the earliest first; at most `most_waiting` (`MOST_WAITING`) pieces wait."""

    def __init__(self, threads: int, most_waiting: int | None = None) -> None:
        self._threads = threads
        self._most = MOST_WAITING if most_waiting is None else most_waiting
        self._pool = ThreadPoolExecutor(threads, "reumi-answer")
        # A line of our own, since the pool's has no end and holds on to what was cancelled.
        self._waiting: OrderedDict[Future[Any], Callable[[], Any]] = OrderedDict()
        self._busy = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for a thread."""
        return len(self._waiting)

    def put(self, work: Callable[[], T]) -> Future[T]:
        """Have the work done; never blocks. Raises QueueFull."""
        future: Future[T] = Future()
        with self._lock:
            idle = self._busy < self._threads
            if not idle and len(self._waiting) >= self._most:
                raise QueueFull(self._most)
            self._waiting[future] = work
            self._busy += idle
        if idle:
            self._pool.submit(self._serve)
        return future

    def withdraw(self, future: Future[Any]) -> None:
        """Give up work that has not begun, and its place in the line; what has begun goes on."""
        if future.cancel():
            with self._lock:
                self._waiting.pop(future, None)

    def close(self) -> None:
        """Give up what waits, and finish what is under way."""
        for future in list(self._waiting):
            self.withdraw(future)
        self._pool.shutdown()

    def _serve(self) -> None:
        while (following := self._next()) is not None:
            _do(*following)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popitem(last=False)
            self._busy -= 1
            return None


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
