"""What the documentation promises of the house itself: errors as drawn, names documented, licences listed."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts import load_script

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("scraper", "storage", "tagging", "recommender", "reumi")
ERROR_FILES = sorted(
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for top in PACKAGES for path in (REPOSITORY / top).rglob("errors.py")
)
BRANCH = re.compile(r"^(?P<stem>[│ ]*)[├└]── (?P<name>\w+) +\S")


def drawn(module: str) -> dict[str, str]:
    """The tree at the top of an `errors.py`: error → the one above it."""
    lines = (importlib.import_module(module).__doc__ or "").splitlines()
    root = next(number for number, line in enumerate(lines) if line.endswith("Error") and line.isalpha())
    above = {-1: lines[root]}
    found = {}
    for line in lines[root + 1 :]:
        branch = BRANCH.match(line)
        if branch is None:
            break
        depth = len(branch["stem"]) // 4
        above[depth] = branch["name"]
        found[branch["name"]] = above[depth - 1]
    return found


def errors_of(module: str) -> dict[str, str]:
    """The errors that a module defines: error → the class above it."""
    kinds = vars(importlib.import_module(module)).items()
    return {
        name: kind.__base__.__name__
        for name, kind in kinds
        if isinstance(kind, type) and kind.__module__ == module and issubclass(kind, Exception)
    }


@pytest.mark.parametrize("module", ERROR_FILES)
def test_the_tree_of_errors_is_drawn_as_it_is(module: str) -> None:
    tree = drawn(module)
    root = next(above for above in tree.values() if above not in tree)
    assert tree == {name: above for name, above in errors_of(module).items() if name != root}


def modules() -> Iterator[str]:
    for top in PACKAGES:
        package = importlib.import_module(top)
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{top}.") if not found.name.endswith("__main__"))


def test_every_error_meant_for_people_stands_in_an_errors_file() -> None:
    elsewhere = [
        f"{module}.{name}"
        for module in modules()
        if module not in ERROR_FILES
        for name in re.findall(r"^class (\w+)\(\w*Error\)", source(module), re.MULTILINE)
        if hasattr(getattr(importlib.import_module(module), name), "exit_code")
    ]
    assert elsewhere == []


def source(module: str) -> str:
    path = REPOSITORY / module.replace(".", "/")
    file = path.with_suffix(".py")
    return (file if file.exists() else path / "__init__.py").read_text(encoding="utf-8")


def test_no_code_is_for_a_system_that_readme_rules_out() -> None:
    assert "Windows is not supported" in (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert [module for module in modules() if re.search(r"win32|msvcrt|os\.name|Windows", source(module))] == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("x = 1\n", "D100"),
        ('"""A module."""\n\n\ndef ask() -> None:\n    pass\n', "D103"),
        ('"""A module."""\n\n\nclass Asker:\n    pass\n', "D101"),
        ('"""A module."""\n\n\nclass Asker:\n    """Asks."""\n\n    def ask(self) -> None:\n        pass\n', "D102"),
    ],
)
@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_name_without_its_sentence_is_refused(package: str, code: str, rule: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename", f"{package}/new_file.py", "-"]
    done = subprocess.run(command, cwd=REPOSITORY, input=code, capture_output=True, check=False, text=True)
    assert rule in done.stdout


def test_the_notices_list_every_package_with_its_licence() -> None:
    notices = load_script("notices")
    section = notices.NOTICES.read_text(encoding="utf-8").partition(notices.HEADING)[2]
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.*) \|$", section, re.MULTILINE))
    assert notices.needed().keys() - listed.keys() == set(), "run: python scripts/notices.py"
    assert [name for name, licence in listed.items() if not licence] == []
    pinned = {re.split("==", line)[0].lower().replace("_", "-") for line in (REPOSITORY / "constraints.txt").read_text().splitlines()}
    assert listed.keys() - {"package", "setuptools"} - pinned == set()
