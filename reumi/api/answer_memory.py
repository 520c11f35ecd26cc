"""Answers handed out lately, for callers that ask the same again: a retry, a reloaded page, a widget on many screens."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tagging.remembered import digest_of

MOST_ANSWERS = 512
# Seconds. A reason may quote a few of the diary's words, so that no answer stays for long.
KEPT_FOR = 600.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer as it goes over the wire, and the emotion that was read."""

    body: bytes
    emotion: str


class AnswerMemory:
    """The last `most` answers by a digest of their request, none older than `KEPT_FOR`; safe to share between threads.

    All are from one index: when another one is asked or gives an answer, the earlier ones are forgotten. The requests themselves are not
    kept. Time alone makes it forget nothing: somebody has to call `forget_old`.
    """

    def __init__(self, most: int = MOST_ANSWERS, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._index: object = None
        self._known: OrderedDict[bytes, tuple[float, Remembered]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, index: object, request: str) -> Remembered | None:
        """The answer that this index gave to the same request, if it is still known."""
        with self._lock:
            self._turn_to(index)
            self._forget_old()
            found = self._known.get(digest_of(request))
        return found[1] if found else None

    def put(self, index: object, request: str, answer: Remembered) -> None:
        """Keep an answer; those of another index go."""
        with self._lock:
            self._turn_to(index)
            self._known.pop(digest_of(request), None)
            self._known[digest_of(request)] = (self._now(), answer)
            self._forget_old()

    def forget_old(self) -> float:
        """Forget what is older than `KEPT_FOR`, and tell the seconds until the next answer can be."""
        with self._lock:
            self._forget_old()
            oldest = next(iter(self._known.values()))[0] if self._known else self._now()
        return max(0.0, oldest + KEPT_FOR - self._now())

    def _turn_to(self, index: object) -> None:
        if index is not self._index:
            self._index = index
            self._known.clear()

    def _forget_old(self) -> None:
        """Answers stand in the order of their age."""
        oldest = self._now() - KEPT_FOR
        while self._known and (len(self._known) > self._most or next(iter(self._known.values()))[0] <= oldest):
            self._known.popitem(last=False)
