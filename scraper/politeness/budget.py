"""How many requests one run may send."""

from __future__ import annotations

import threading

from scraper.errors import BudgetSpent


class Budget:
    """Counts requests, up to `limit` (None: any number). Safe to share between threads."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.spent = 0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one request. Raises BudgetSpent instead when none is left."""
        with self._lock:
            if self.limit is not None and self.spent >= self.limit:
                raise BudgetSpent(self.limit)
            self.spent += 1
