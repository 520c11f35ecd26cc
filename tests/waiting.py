"""Waiting for something that happens in another process."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


def until(happened: Callable[[], object], failure: str, seconds: float = 60.0) -> None:
    """Wait until something is true; fail with a sentence when it does not become so."""
    give_up_at = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > give_up_at:
            pytest.fail(failure)
        time.sleep(0.05)
