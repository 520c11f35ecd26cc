from __future__ import annotations

import os

import pytest

from reumi.api.threads import threads_of


@pytest.mark.parametrize(
    ("cores", "wanted", "workers", "threads"),
    [(2, 0, 1, 2), (2, 0, 2, 1), (2, 0, 4, 1), (64, 0, 1, 8), (64, 0, 16, 4), (2, 5, 2, 5), (2, -1, 1, 2)],
)
def test_workers_divide_the_cores_unless_told_otherwise(
    cores: int, wanted: int, workers: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    assert threads_of(wanted, workers) == threads
