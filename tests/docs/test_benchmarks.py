"""Every benchmark still runs: `python -m benchmarks --smoke`, one at a time. The figures of so small a run mean nothing."""

from __future__ import annotations

import sys

import pytest

from benchmarks.__main__ import main, names
from benchmarks.harness import Report
from benchmarks.storage import EXECUTEMANY, postgres_upserts
from tests.lender import Lender


# That of tagging stands with the other tests that load torch, tests/integration/test_tagging_training.py: a worker needs seconds for it.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.browser if name == "crawl" else ()) for name in names() if name != "tagging"]
)
def test_a_benchmark_runs(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "crawl":
        lender: Lender = request.getfixturevalue("lender")
        monkeypatch.setattr("benchmarks.crawl.Browser", lender.lend)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--smoke", name])
    main()
    shown = capsys.readouterr().out
    assert f"### {name}" in shown
    assert "| 1.00 |" in shown


@pytest.mark.postgres
def test_the_benchmark_of_storage_runs_on_a_server(postgres_url: str) -> None:
    report = Report("storage", EXECUTEMANY)
    postgres_upserts(report, postgres_url, 300, lyrics=True, rounds=1)
    assert [row.way for row in report.rows] == 2 * ["ReUmi", EXECUTEMANY]
