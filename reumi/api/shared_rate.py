"""A rate limit that several worker processes keep together, in a small memory-mapped file.

Each client has one number: the time at which its allowance will be whole again (the generic cell rate algorithm, as ATM
networks use it). A request is let through when that time lies no more than the burst ahead.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

_SLOTS = 8192
_PROBES = 8
_SLOT = struct.Struct("<Qd")


class SharedRate:
    """Lets each client send `per_minute` requests a minute, `burst` of them at once.

    Processes that open the same file count together; None counts for this process alone. Of more than 8,192 clients at a time the
    longest idle one is forgotten.
    """

    def __init__(self, path: Path | None, per_minute: int, burst: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = 60.0 / per_minute
        self._ahead = self._gap * (burst or max(10, per_minute // 6))
        self._clock = clock
        self._file: IO[bytes] = path.open("a+b") if path is not None else tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._file.truncate(_SLOTS * _SLOT.size)
        self._slots = mmap.mmap(self._file.fileno(), _SLOTS * _SLOT.size)

    def wait(self, client: str) -> float:
        """Count a request: 0.0 when it may pass, else the seconds after which the next one may."""
        name = int.from_bytes(hashlib.blake2b(client.encode(), digest_size=8).digest(), "little") or 1
        now = self._clock()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            place, whole_at = self._find(name)
            whole_at = max(whole_at, now) + self._gap
            if whole_at - now > self._ahead:
                return whole_at - now - self._ahead
            _SLOT.pack_into(self._slots, place, name, whole_at)
            return 0.0
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Unmap the file."""
        self._slots.close()
        self._file.close()

    def _find(self, name: int) -> tuple[int, float]:
        """The client's slot and time, or the slot that it may take over."""
        places = [(name + step) % _SLOTS * _SLOT.size for step in range(_PROBES)]
        found = [(place, *_SLOT.unpack_from(self._slots, place)) for place in places]
        for place, holder, whole_at in found:
            if holder == name:
                return place, whole_at
        return min(found, key=lambda slot: slot[2])[0], 0.0
