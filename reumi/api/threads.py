"""How many answers a worker works on at a time."""

from __future__ import annotations

import os

# Reading a diary leaves Python's lock for most of its time, finding the songs does not: more threads would only wait for each other.
MOST_THREADS = 8


def threads_of(wanted: int, workers: int = 1) -> int:
    """The threads of each of so many workers on this machine; `wanted`, where it is more than 0, stands.

    One a core: with more, each answer takes longer and none is ready earlier, so that the last ones come later.
    """
    if wanted > 0:
        return wanted
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores // workers))
