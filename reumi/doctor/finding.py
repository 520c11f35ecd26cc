"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """ok: nothing to do; warn: something will not work or look as it should; fail: the main work cannot be done."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: the subject, what was found, and what to do about it ('' for nothing)."""

    level: Level
    subject: str
    found: str
    cure: str = ""


Check = Callable[[], Iterator[Finding]]


def ok(subject: str, found: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, found)


def warn(subject: str, found: str, cure: str) -> Finding:
    """Something to look at."""
    return Finding(Level.WARN, subject, found, cure)


def fail(subject: str, found: str, cure: str) -> Finding:
    """Something that keeps ReUmi from its work."""
    return Finding(Level.FAIL, subject, found, cure)
