"""Measures ways of doing the same thing side by side, so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("results")
_PACKAGES = ("numpy", "scipy", "scikit-learn", "sqlalchemy", "onnxruntime", "selenium")


@dataclass(frozen=True, slots=True)
class Row:
    """One way in one setting: median and range of its timings in seconds, and how many times faster than the baseline it is."""

    setting: str
    way: str
    median: float
    fastest: float
    slowest: float
    ratio: float | None = None


@dataclass(slots=True)
class Report:
    """All rows of a benchmark, with what else was measured by name."""

    name: str
    baseline: str
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, setting: str, timings: Mapping[str, Sequence[float]], baseline: str | None = None) -> None:
        """Add the timings of several ways in one setting; the ratio is the baseline's median over the way's own.

        `baseline` names another one for this setting.
        """
        baseline = baseline or self.baseline
        base = statistics.median(timings[baseline]) if baseline in timings else None
        for way, seconds in timings.items():
            median = statistics.median(seconds)
            ratio = base / median if base is not None and median > 0 else None
            self.rows.append(Row(setting, way, median, min(seconds), max(seconds), ratio))

    def table(self) -> str:
        """The report as a Markdown table."""
        lines = [f"### {self.name}", "", "| setting | way | median | range | times faster than the one at 1.00 |", "|---|---|---|---|---|"]
        for row in self.rows:
            ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
            spread = f"{_seconds(row.fastest)} to {_seconds(row.slowest)}"
            lines.append(f"| {row.setting} | {row.way} | {_seconds(row.median)} | {spread} | {ratio} |")
        lines += [f"| {name} | | {value:,.4g} | | |" for name, value in self.figures.items()]
        return "\n".join(lines)

    def save(self) -> Path:
        """Write the report with the machine and the versions that gave it."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        path.write_text(json.dumps({**asdict(self), "machine": machine()}, indent=1, ensure_ascii=False), encoding="utf-8")
        return path


def alternate(ways: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, list[float]]:
    """Time every way once a round, in turn, after one round that does not count: way → seconds of each round."""
    timings: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, work in ways.items():
            started = time.perf_counter()
            work()
            if number:
                timings[way].append(time.perf_counter() - started)
    return timings


def machine() -> dict[str, str]:
    """What ran the benchmark, without naming the machine itself."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        **{package: version(package) for package in _PACKAGES},
    }


def _seconds(value: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def show(report: Report, *, keep: bool = True) -> None:
    """Print a report and, with `keep`, save its JSON."""
    sys.stdout.write(f"{report.table()}\n\n")
    if keep:
        report.save()
