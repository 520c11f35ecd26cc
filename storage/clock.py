"""The clock of the storage: one place to read it, so that tests can give another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)
