"""Runs one command as a process with a hard deadline, and listens to what it prints.

The command leads a process group of its own. At its deadline, or when it is told to stop, the group gets SIGTERM and, after a grace,
SIGKILL. On Linux the kernel kills the command when the process that started it dies, so that a command never outlives the lock that
protects it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 20.0  # seconds between SIGTERM and SIGKILL
_LOOK = 0.25  # seconds between two looks at the clock
_CHUNK = 8192  # bytes read between two looks, so that a command that prints without end is looked at all the same
_LONGEST_LINE = 65_536  # bytes; a longer line is told in pieces
_MOST_LEFT = 1 << 20  # bytes read after the command's end: the most that a pipe holds
_TAIL_LINES, _TAIL_CHARACTERS = 120, 8000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Order:
    """A command to run: arguments of `reumi`, working folder, environment, seconds until it is killed, niceness."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    deadline: float
    nice: int = 0


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a command ended. `cut` says why it was made to end: `deadline`, what `watch` returned, or '' for an end of its own."""

    exit_code: int
    cut: str
    log_tail: str
    pid: int


Watch = Callable[[], str]
"""Called a few times a second while the command runs; a text other than '' makes it end."""


def run_child(order: Order, watch: Watch, said: Callable[[str], None], *, grace: float = GRACE) -> ChildEnd:
    """Run a command to its end. `said` gets each line that it prints; call from the main thread, which must live as long as the child."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reumi", *order.arguments],
        cwd=order.folder,
        env={**order.environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_preparation(order.nice),
    )
    return _Listener(process, said, grace).listen(time.monotonic() + order.deadline, watch)


class _Listener:
    def __init__(self, process: subprocess.Popen[bytes], said: Callable[[str], None], grace: float) -> None:
        self._process = process
        self._said = said
        self._grace = grace
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._rest = b""
        self._cut = ""
        self._kill_at = float("inf")

    def listen(self, deadline: float, watch: Watch) -> ChildEnd:
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        with selectors.DefaultSelector() as selector, self._process.stdout as stream:
            selector.register(stream, selectors.EVENT_READ)
            listening = True
            while self._process.poll() is None:
                if listening:
                    listening = not selector.select(_LOOK) or self._read(stream.fileno())
                else:  # it closed its output, and ends now or goes on in silence
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self._process.wait(_LOOK)
                self._look(deadline, watch)
            self._end_group(signal.SIGKILL)  # what it leaves behind could print for ever
            self._read_left(stream.fileno())
        self._take(b"\n" if self._rest else b"")
        tail = "\n".join(self._tail)[-_TAIL_CHARACTERS:]
        return ChildEnd(self._process.returncode, self._cut, tail, self._process.pid)

    def _look(self, deadline: float, watch: Watch) -> None:
        now = time.monotonic()
        if not self._cut:
            self._cut = "deadline" if now >= deadline else watch()
            if self._cut:
                self._end_group(signal.SIGTERM)
                self._kill_at = now + self._grace
        else:
            watch()  # it still renews the lock
            if now >= self._kill_at:
                self._end_group(signal.SIGKILL)

    def _read(self, descriptor: int) -> bool:
        """Take a little of what there is to read; False at the end of the stream."""
        chunk = os.read(descriptor, _CHUNK)
        self._take(chunk)
        return bool(chunk)

    def _read_left(self, descriptor: int) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(_MOST_LEFT // _CHUNK):
                if not self._read(descriptor):
                    return

    def _take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) >= _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            text = line.decode("utf-8", "replace").replace("\x00", "").rstrip("\r")
            self._tail.append(text)
            if text.strip():
                self._said(text)

    def _end_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _preparation(nice: int) -> Callable[[], None]:
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None
    parent = os.getpid()

    def prepare() -> None:
        os.nice(nice)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(1)

    return prepare
