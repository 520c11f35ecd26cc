"""Where a server will listen, tried before anything is announced."""

from __future__ import annotations

import socket

from reumi.errors import AddressRefused


def free_address(command: str, host: str, port: int) -> int:
    """The port on which `command` can listen at `host`: the given one, or a free one for 0. Raises AddressRefused."""
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        # As the servers themselves do: connections that are still closing do not hold a port.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except (OSError, UnicodeError) as error:
            raise AddressRefused(command, shown, (getattr(error, "strerror", None) or str(error)).lower()) from error
        return int(trial.getsockname()[1])
