"""Errors of the replica.

ReumiError
├── PortTaken           another program listens on the port
├── CatalogueInvalid    a song file cannot be read
└── UnknownFault        a fault switch or value that does not exist
"""

from __future__ import annotations

from reumi.errors import ReumiError


class PortTaken(ReumiError):
    """The port cannot be listened on."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"the replica cannot listen on port {port} ({reason}): choose another with --port, or 0 for any free one")
        self.port = port


class CatalogueInvalid(ReumiError):
    """A song file that is not TOML, or a song that lacks a field."""


class UnknownFault(ReumiError):
    """A fault switch that the replica does not have, or a value that does not fit it."""

    exit_code = 2
