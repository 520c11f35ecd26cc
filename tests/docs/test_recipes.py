"""The recipes of docs/recipes.md, followed to the letter in a copy of this tree: each block is written where it says, each command run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from reumi.replica.catalogue import load_songs
from reumi.replica.server import Replica

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"# (?P<file>\S+?)(?:, (?P<where>after|before|at the end)(?:: (?P<anchor>.+))?)?")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "site", "demo-output", "mutants", "chaos", "browser")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of this repository, without what a recipe has no use for."""
    copy = tmp_path / "tree"
    shutil.copytree(REPOSITORY, copy, ignore=LEFT_OUT)
    return copy


def write(path: Path, text: str) -> None:
    """Write a file of the copy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def put(tree: Path, block: str) -> None:
    """Write one block of a recipe where its first line says."""
    first, _, body = block.partition("\n")
    place = PLACE.fullmatch(first)
    assert place is not None, f"a block must begin with its place, not {first!r}"
    path = tree / place["file"]
    if place["where"] is None:
        assert not path.exists(), f"{place['file']} exists already"
        write(path, body)
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if place["where"] == "at the end":
        write(path, "".join([*lines, body]))
        return
    found = [number for number, line in enumerate(lines) if place["anchor"] in line]
    assert len(found) == 1, f"{place['anchor']!r} stands {len(found)} times in {place['file']}"
    cut = found[0] + (place["where"] == "after")
    write(path, "".join([*lines[:cut], body, *lines[cut:]]))


def put_material(tree: Path) -> None:
    """What a recipe cannot print: an album's page of the replica, and how it is read."""
    with Replica() as site:
        url = f"{site.url}/album/detail.htm?albumId={next(iter(load_songs().values())).album_id}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            page = answer.read().decode()
    write(tree / "tests/pages/album_plain/page.html", page)
    write(tree / "tests/pages/album_plain/case.json", json.dumps({"kind": "album", "url": "http://site/album/detail.htm?albumId=1"}))


def follow(tree: Path, recipe: str) -> None:
    """Write a recipe's blocks, then run its commands."""
    if recipe == "A page type":
        put_material(tree)
    commands = []
    for language, body in FENCE.findall(RECIPES[recipe]):
        if language == "python":
            put(tree, body)
        else:
            commands += body.splitlines()
    assert commands, "a recipe ends with the commands that prove it"
    for command in commands:
        run(tree, command)


def run(tree: Path, command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program.startswith(".venv/bin/")
    name = Path(program).name
    start = [sys.executable] if name == "python" else [sys.executable, "-m", name, "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*start, *arguments], cwd=tree, env=environment, capture_output=True, check=False, text=True, timeout=280)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return done.stdout


def checked(tree: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=tree, capture_output=True, check=False, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr


def put_all(tree: Path) -> None:
    for text in RECIPES.values():
        for language, body in FENCE.findall(text):
            if language == "python":
                put(tree, body)


def test_every_block_has_its_place_and_the_style_of_the_house(tree: Path) -> None:
    put_all(tree)
    checked(tree, "ruff", "check", "--no-cache", ".")
    checked(tree, "ruff", "format", "--no-cache", "--check", ".")


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_works_as_written(recipe: str, tree: Path) -> None:
    follow(tree, recipe)


@pytest.mark.slow
def test_the_recipe_for_a_page_reads_it_and_misses_its_title(tree: Path) -> None:
    follow(tree, "A page type")
    folder = tree / "tests" / "pages" / "album_plain"
    record = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["record"]
    song = next(iter(load_songs().values()))
    assert record["title"] == song.album
    assert song.title in [listed["title"] for listed in record["songs"]]
    page = folder / "page.html"
    write(page, page.read_text(encoding="utf-8").replace("page_header", "page_header_renamed"))
    run(tree, ".venv/bin/python tests/pages/golden.py")
    assert json.loads((folder / "expected.json").read_text(encoding="utf-8"))["error"] == "LayoutChanged"


def test_a_block_whose_place_has_gone_fails(tree: Path) -> None:
    with pytest.raises(AssertionError, match="stands 0 times"):
        put(tree, "# reumi/settings.py, after: a line that was never there\n    x = 1\n")
    with pytest.raises(AssertionError, match="exists already"):
        put(tree, "# reumi/settings.py\nx = 1\n")


@pytest.mark.slow
def test_all_recipes_together_keep_types_and_the_law_of_imports(tree: Path) -> None:
    put_all(tree)
    checked(tree, "mypy", "--cache-dir", str(tree / ".mypy"))
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo', '--no-cache'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_five_things_that_people_add_have_a_recipe() -> None:
    assert {"A page type", "A scorer", "A classifier", "An export format", "A command"} <= RECIPES.keys()
