"""Errors of the service itself, beside those of the stages that it asks.

ReumiError
├── QueueFull    as many requests wait as are let in: ask again in a moment
└── ClientGone   whoever asked has closed the connection: nobody waits for the answer
"""

from __future__ import annotations

from reumi.errors import ReumiError


class QueueFull(ReumiError):
    """As much work waits as is let in."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most:,} requests are waiting already, and no more are let in; ask again in a moment")


class ClientGone(ReumiError):
    """Whoever asked has closed the connection."""

    def __init__(self) -> None:
        super().__init__("the client closed the connection before its answer was ready")
