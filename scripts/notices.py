"""Writes the table of packages at the end of THIRD_PARTY_NOTICES.md from what is installed. A test fails when a package is missing.

Run: python scripts/notices.py
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
HEADING = "## Packages\n"
_LONG = 60  # a licence field longer than this is the licence's text


def needed() -> dict[str, Distribution]:
    """Every installed package that ReUmi or one of its extras needs, directly or through others, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) in seen or name == "reumi":
                continue
            seen.add((name, extra))
            try:
                found[name] = distribution(name)
            except PackageNotFoundError:
                continue  # for another system or Python
            waiting += [line for line in found[name].requires or [] if _applies(Requirement(line), extra)]
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def licence(package: Distribution) -> str:
    """What a package says of its licence, in the newest of the three ways in which packages say it; empty where it says nothing."""
    facts = package.metadata
    if facts.get("License-Expression"):
        return str(facts["License-Expression"])
    named = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if line.startswith("License :: ")]
    named = [name for name in named if name != "OSI Approved"]
    written = str(facts.get("License") or "").strip()
    return ", ".join(named) if named else written if len(written) < _LONG else written.splitlines()[0].strip()


def table() -> str:
    """The section as Markdown."""
    rows = [f"| {name} | {re.sub(r'[ ]*[|][ ]*', '/', licence(package))} |" for name, package in sorted(needed().items())]
    return (
        "\n".join([HEADING, "What an installation with all extras brings along.", "", "| package | licence |", "|---|---|", *rows]) + "\n"
    )


def main() -> None:
    """Write the section anew."""
    before, _, _ = NOTICES.read_text(encoding="utf-8").partition(HEADING)
    NOTICES.write_text(f"{before.rstrip()}\n\n{table()}", encoding="utf-8")
    sys.stdout.write(f"{len(needed())} packages\n")


if __name__ == "__main__":
    main()
