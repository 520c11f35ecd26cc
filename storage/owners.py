"""Names a process so that another one on the same machine can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """`host/pid/start`: the start tells a process from a later one that was given the same number."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start_of(os.getpid())}"


def may_live(owner: str) -> bool:
    """False only where it is certain that the process has ended: it was on this machine and is no more."""
    host, _, rest = owner.rpartition("/")
    host, _, pid = host.rpartition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's process: it lives
    return rest in ("", _start_of(int(pid)))


def _start_of(pid: int) -> str:
    """The kernel's start time of a process in ticks; empty where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
