"""Sums coverage.py's JSON report per package: lines and branches. Run: make coverage."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

_KINDS = (("lines", "num_statements", "covered_lines"), ("branches", "num_branches", "covered_branches"))


def table(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> list[str]:
    """The rows of a Markdown table, a package a row and the sum last."""
    sums: dict[str, Counter[str]] = {}
    for file, found in report["files"].items():
        for package in (Path(file).parts[0], "all"):
            sums.setdefault(package, Counter()).update(found["summary"])
    rows = ["| package | lines | covered | branches | covered |", "|---|---|---|---|---|"]
    for package in sorted(sums, key=lambda name: (name == "all", name)):
        cells = [f"{sums[package][total]:,} | {sums[package][covered] / max(sums[package][total], 1):.1%}" for _, total, covered in _KINDS]
        rows.append(f"| {package} | {' | '.join(cells)} |")
    return rows


if __name__ == "__main__":
    sys.stdout.write("\n".join(table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))) + "\n")
