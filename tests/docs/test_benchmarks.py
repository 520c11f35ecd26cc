"""Every benchmark still runs: `python -m benchmarks --smoke`, one at a time. The figures of so small a run mean nothing."""

from __future__ import annotations

import sys

import pytest

from benchmarks.__main__ import main, names
from benchmarks.harness import Report
from benchmarks.storage import EXECUTEMANY, postgres_upserts

# What a benchmark needs beside the packages of every test.
NEEDS = {"crawl": pytest.mark.browser, "tagging": pytest.mark.kobert}


@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in names()])
# The exporter of torch and the baselines' own packages warn of themselves.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_a_benchmark_runs(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--smoke", name])
    main()
    shown = capsys.readouterr().out
    assert f"### {name}" in shown
    assert "| 1.00 |" in shown


@pytest.mark.postgres
def test_the_benchmark_of_storage_runs_on_a_server(postgres_url: str) -> None:
    report = Report("storage", EXECUTEMANY)
    postgres_upserts(report, postgres_url, 300, lyrics=True, rounds=1)
    assert [row.way for row in report.rows] == ["ReUmi", EXECUTEMANY]
