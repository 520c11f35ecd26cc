"""The rate limit: a burst, then a steady pace, counted together by all who open the same file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from reumi.api.shared_rate import SharedRate


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_one_request_each_gap(tmp_path: Path) -> None:
    clock = Clock()
    rate = SharedRate(tmp_path / "rate", 60, burst=5, clock=clock)
    assert [rate.wait("a") for _ in range(5)] == [0.0] * 5
    assert rate.wait("a") == pytest.approx(1.0)
    clock.now += 1.0
    assert rate.wait("a") == 0.0
    assert rate.wait("a") > 0
    clock.now += 3600
    assert [rate.wait("a") > 0 for _ in range(6)] == [False] * 5 + [True]
    rate.close()


def test_clients_do_not_use_up_each_other(tmp_path: Path) -> None:
    rate = SharedRate(tmp_path / "rate", 60, burst=1, clock=Clock())
    assert [rate.wait(f"client {number}") for number in range(500)] == [0.0] * 500
    assert all(rate.wait(f"client {number}") > 0 for number in range(500))
    rate.close()


def _let_through(place: Path, clock_at: float, times: int) -> int:
    rate = SharedRate(place, 60, burst=100, clock=lambda: clock_at)
    passed = sum(rate.wait("one client") == 0.0 for _ in range(times))
    rate.close()
    return passed


def test_processes_share_one_allowance(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        passed = pool.starmap(_let_through, [(tmp_path / "rate", 1000.0, 200)] * 4)
    assert sum(passed) == 100


def test_without_a_file_a_process_counts_alone(tmp_path: Path) -> None:
    rate = SharedRate(None, 60, burst=2, clock=Clock())
    assert [rate.wait("a") > 0 for _ in range(3)] == [False, False, True]
    rate.close()
    assert list(tmp_path.iterdir()) == []
