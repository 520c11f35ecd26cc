"""No browser outlives its crawl: neither after a clean end nor after a SIGKILL.

Every local browser gets a profile folder whose name tells the process that owns it, and everything of that browser (driver,
browser, helpers) has the folder's path in its command line. A watcher process per browser waits for its owner to end, however it
ends, then kills what carries the path and removes the folder; should the watcher be killed too, the next start sweeps.
Both work from /proc, so on a system without it only the clean end is covered.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PREFIX = "reumi-browser-"
_PROC = Path("/proc")
# Chromium puts a socket some 45 characters below its temporary folder, and ends at once where the address passes 108 bytes.
_LONGEST_HOME = 60

# The watcher: its stdin ends when the owner ends. Standard library only and no site packages, to start within milliseconds.
_WATCH = """
import os, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
profile = sys.argv[1]
sys.stdin.buffer.read()
def carriers():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if profile.encode() in file.read():
                        yield int(name)
            except OSError:
                pass
deadline = time.monotonic() + 10
while (left := list(carriers()) if os.path.isdir("/proc") else []) and time.monotonic() < deadline:
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    time.sleep(0.02)
shutil.rmtree(profile, ignore_errors=True)
"""


class Profile:
    """A browser's folder, with the watcher that ends everything that uses it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{_started(os.getpid())}-", dir=home()))
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCH, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C for us is not for the watcher
        )

    def end(self) -> None:
        """Kill what still uses the folder and remove it; returns when that is done."""
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def home() -> Path:
    """Where browsers keep their temporary files: the system's folder for them (TMPDIR), or /tmp where that one's path is too long."""
    usual, short = Path(tempfile.gettempdir()), Path("/tmp")
    return short if len(os.fsencode(usual)) > _LONGEST_HOME and short.is_dir() else usual


def sweep() -> int:
    """End the browsers whose owner is gone and remove their folders; returns how many folders there were."""
    swept = 0
    for folder in home().glob(f"{PREFIX}*"):
        owner, _, rest = folder.name.removeprefix(PREFIX).partition("-")
        if not owner.isdigit() or _started(int(owner)) == rest.partition("-")[0] or not _is_ours(folder):
            continue
        kill_users(folder)
        shutil.rmtree(folder, ignore_errors=True)
        swept += 1
    return swept


def kill_users(folder: Path) -> None:
    """SIGKILL every process that has `folder` in its command line, until none is left (at most 10 s)."""
    deadline = time.monotonic() + 10
    while (left := users(folder)) and time.monotonic() < deadline:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def users(folder: Path) -> list[int]:
    """The processes that have `folder` in their command line."""
    wanted, found = str(folder).encode(), []
    for entry in _PROC.glob("[0-9]*/cmdline"):
        try:
            if wanted in entry.read_bytes() and int(entry.parent.name) != os.getpid():
                found.append(int(entry.parent.name))
        except OSError:
            continue  # ended meanwhile
    return found


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot: tells it from a later process with the same number."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"


def _is_ours(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.getuid()
    except OSError:
        return False
