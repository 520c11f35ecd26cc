"""Waiting for something that happens in another process, and where to find it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import httpx
import pytest


def until(happened: Callable[[], object], failure: str, seconds: float = 60.0) -> None:
    """Wait until something is true; fail with a sentence when it does not become so."""
    give_up_at = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > give_up_at:
            pytest.fail(failure)
        time.sleep(0.05)


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    """Whether a server answers there, and well."""
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False
