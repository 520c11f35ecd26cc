"""When the next request may go."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

_LONGEST_GAP = 60.0  # seconds; a site that slow is better left for another day


class Throttle:
    """A gap between the starts of two requests, with jitter, and longer while the site answers slowly.

    Requests are planned on a grid of one per gap and each is delayed by a random share of the gap, so that single gaps
    vary both ways while the rate never climbs above one per gap. While the site takes longer than half the gap, the gap
    grows to twice its usual answering time: the crawler rests as long as it made the site work.
    Safe to share between threads: the gap then holds for all of them together.
    """

    def __init__(
        self,
        gap: float,
        jitter: float,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
    ) -> None:
        self.gap = gap
        self._jitter = jitter
        self._wait = wait
        self._clock = clock
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._slot: float | None = None  # the planned time of the last request, before jitter
        self._latency = 0.0

    def admit(self) -> None:
        """Wait until the next request may go."""
        if self.gap <= 0:
            self._wait(0)
            return
        with self._lock:
            now = self._clock()
            self._slot = now if self._slot is None else max(self._slot + self.current_gap(), now)
            start = self._slot + self._random.random() * self._jitter * self.gap
        self._wait(max(start - now, 0))

    def observe(self, seconds: float) -> None:
        """Learn how long an answer took."""
        with self._lock:
            self._latency = seconds if self._latency == 0 else 0.7 * self._latency + 0.3 * seconds

    def current_gap(self) -> float:
        """Seconds between two planned requests at the site's present speed; 0 where no gap is owed."""
        return 0.0 if self.gap <= 0 else min(max(self.gap, 2 * self._latency), max(_LONGEST_GAP, self.gap))

    def at_least(self, gap: float) -> None:
        """Widen the gap to what the site's robots.txt asks for."""
        self.gap = max(self.gap, gap)
