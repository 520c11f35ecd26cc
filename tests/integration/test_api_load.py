"""Fifty clients at once for a minute, and nobody is turned away or left without an answer. How fast: benchmarks/web.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.load import large_data_set, load, workers


@pytest.mark.slow
def test_fifty_clients_for_a_minute_all_get_their_answers(tmp_path: Path) -> None:
    with workers(large_data_set(tmp_path, 10_000), 2) as served:
        outcome = asyncio.run(load(served.port, 50, 60, 0.5))
    assert outcome.failures == []
    # Each client came again and again, however busy the machine.
    assert len(outcome.seconds) > 250
