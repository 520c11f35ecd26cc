"""Decides, request by request, which fault strikes: scopes, refusals after too many pages, first-time failures."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from reumi.replica.answer import HTML, Answer
from reumi.replica.faults import Faults
from reumi.replica.html.failures import EMPTY_DOCUMENT, block_page, not_found_page, overloaded_page, refusal_page

_BARE_AGENTS = ("python-requests", "python-urllib", "java/", "curl/", "wget/", "go-http-client")


@dataclass(slots=True)
class Gate:
    """The memory of one replica: pages seen, faults given, addresses that failed once. Safe for many threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pages: int = 0
    _struck: int = 0
    _failed: set[str] = field(default_factory=set)
    _recent: deque[float] = field(default_factory=deque)
    _refused_until: float = 0.0

    def refusal(self, path: str, agent: str, faults: Faults) -> Answer | None:
        """The answer of a site that refuses this request for its agent or its pace; None lets it in."""
        if faults.no_agent and (not agent or agent.lower().startswith(_BARE_AGENTS)):
            return _refusal(406, faults)
        if not (faults.block_after or faults.limit_after) or not path.startswith(faults.block_path):
            return None
        status, allowed, seconds = (
            (406, faults.block_after, faults.block_seconds) if faults.block_after else (429, faults.limit_after, float(faults.retry_after))
        )
        now = time.monotonic()
        with self._lock:
            if now < self._refused_until:
                return _refusal(status, faults)
            while self._recent and self._recent[0] <= now - faults.block_window:
                self._recent.popleft()
            if len(self._recent) >= allowed:
                self._refused_until = now + seconds
                self._recent.clear()
                return _refusal(status, faults)
            self._recent.append(now)
        return None

    def first_failure(self, address: str, faults: Faults) -> Answer | None:
        """The error of an address that fails the first time it is asked for."""
        if not faults.fail_once:
            return None
        with self._lock:
            if address in self._failed:
                return None
            self._failed.add(address)
        return _refusal(faults.fail_once, faults)

    def strikes(self, path: str, faults: Faults) -> bool:
        """Count this page and tell whether it lies in the scope of the page faults."""
        if not has_page_fault(faults) or not path.startswith(faults.only):
            return False
        with self._lock:
            self._pages += 1
            if self._pages <= faults.after or (self._pages - faults.after) % max(1, faults.every):
                return False
            if faults.times and self._struck >= faults.times:
                return False
            self._struck += 1
        return True


def has_page_fault(faults: Faults) -> bool:
    """Whether any fault that the scope fields narrow is on."""
    return any(getattr(faults, name) for name in _PAGE_FAULTS)


def replacement(faults: Faults) -> Answer | None:
    """The answer that stands in for a page, if a fault says so."""
    if faults.status:
        return _refusal(faults.status, faults)
    if faults.sys_error_200:
        return Answer(200, HTML, overloaded_page(), page=True)
    if faults.block_page:
        return Answer(200, HTML, block_page(), page=True)
    if faults.empty:
        return Answer(200, HTML, EMPTY_DOCUMENT, page=True)
    return None


def _refusal(status: int, faults: Faults) -> Answer:
    headers = {"Retry-After": str(faults.retry_after)} if status == 429 else {}
    body = not_found_page() if status == 404 else refusal_page(status)
    return Answer(status, HTML, body, page=True, headers=headers)


_PAGE_FAULTS = ("hang", "drip", "drop", "truncate", "status", "sys_error_200", "empty", "block_page", "charset")
