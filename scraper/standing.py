"""How a site has answered lately, to all sessions of a crawl together: what one of them learns holds for the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_PAGES = 8  # in hand: more than UNREACHABLE_AFTER, so that a site that went away costs no page its attempts


class Standing:
    """What a crawl's sessions have in common. Safe to share between threads; without one given, a session has its own."""

    def __init__(self, sessions: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.pages_each = -(-_PAGES // sessions)  # that a session takes at a time, so that all hold as many as one would
        self._clock = clock
        self._lock = threading.Lock()
        self._unreadable = 0
        self._failed: set[str] = set()
        self._unreached: set[str] = set()
        self._rest_until = float("-inf")

    def read(self) -> None:
        """A page was read."""
        with self._lock:
            self._unreadable = 0
            self._came()

    def unreadable(self) -> int:
        """A page came whose layout is unknown; returns how many such there were in a row."""
        with self._lock:
            self._unreadable += 1
            self._came()
            return self._unreadable

    def failed(self, key: str | None, attempt: int) -> tuple[int, int]:
        """A page did not come; returns how many different ones failed since any came, and how many of them more than once.

        Without a key, where the failure was our own browser's, nothing is counted.
        """
        with self._lock:
            if key is not None:
                self._failed.add(key)
            if key is not None and attempt > 1:
                self._unreached.add(key)
            return len(self._failed), len(self._unreached)

    def _came(self) -> None:
        self._failed.clear()
        self._unreached.clear()

    def leave_alone(self, seconds: float) -> None:
        """The site refused one session: it is to be left alone by all."""
        with self._lock:
            self._rest_until = max(self._rest_until, self._clock() + seconds)

    def rest(self) -> float:
        """Seconds that the site is to be left alone from now on."""
        with self._lock:
            return max(self._rest_until - self._clock(), 0.0)
