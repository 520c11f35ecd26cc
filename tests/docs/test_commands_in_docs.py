"""Every command that README and the tours show is run, in order, in a folder of its own, against the replica."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

import pytest

from reumi.cli.main import COMMANDS
from reumi.replica.server import Replica
from tests.waiting import free_port, until

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "README.ko.md", *sorted(str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [body for found, body in FENCE.findall(text) if found == language]


# Its blocks are files of a changed tree: tests/docs/test_recipes.py follows them.
RECIPES = "docs/recipes.md"
# Commands that go on until they are stopped: their options are checked, and tests of their own run them.
SERVERS = ("reumi web", "reumi api", "reumi replica serve", "reumi schedule run")


def run_commands(page: str) -> list[str]:
    lines = [line for body in blocks(page, "sh") for line in body.splitlines() if line.strip() and not line.startswith("#")]
    asked = any("localhost:8080" in line for line in lines)
    return [f"{line.partition('#')[0]} --help" if line.startswith(SERVERS) and not asked else line for line in lines]


def serves(line: str) -> bool:
    return line.startswith("reumi api") and not line.endswith("--help")


def named_commands(page: str) -> list[str]:
    """Every `reumi …` a page names, in code blocks and in the text, in order."""
    return re.findall(r"(?<![\w/@])reumi ([a-z][a-z-]+)", (REPOSITORY / page).read_text(encoding="utf-8"))


def steps_of(page: str) -> list[list[str]]:
    commands = [["bash", "-c", line] for line in run_commands(page) if not serves(line)]
    return commands + [[sys.executable, "-c", body] for body in blocks(page, "python")]


@contextmanager
def served_for(page: str, folder: Path, environment: dict[str, str]) -> Iterator[int]:
    """The service that a page starts and then asks, on a port that is free; gives the port (0: the page asks none)."""
    starts = [line for line in run_commands(page) if serves(line)]
    if not starts:
        yield 0
        return
    port = free_port()
    server = subprocess.Popen([*starts[0].split(), "--port", str(port)], cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        until(lambda: answers(port), "the service does not start")
        yield port
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


@pytest.mark.browser
@pytest.mark.parametrize("page", [page for page in PAGES if run_commands(page) and page != RECIPES])
def test_the_commands_of_a_page_run(page: str, replica: Replica, tmp_path: Path) -> None:
    scripts = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REUMI_")}
    environment |= {"REUMI_SITE_URL": replica.url, "PATH": f"{scripts}:{environment['PATH']}"}
    with served_for(page, tmp_path, environment) as port:
        for step in steps_of(page):
            command = step[-1].replace("localhost:8080", f"localhost:{port}")
            done = subprocess.run(
                [*step[:-1], command], cwd=tmp_path, env=environment, capture_output=True, check=False, text=True, timeout=240
            )
            expected = {0, 1} if command.startswith("reumi status") else {0}  # 1: it found something to say, as a monitor wants to know
            assert done.returncode in expected, f"{page}: {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != RECIPES])
def test_a_page_names_only_commands_that_exist(page: str) -> None:
    unknown = set(named_commands(page)) - set(COMMANDS) - {"is", "as"}
    assert unknown == set()


def test_both_readmes_show_the_same_commands() -> None:
    assert run_commands("README.md") == run_commands("README.ko.md")
    assert sorted(named_commands("README.md")) == sorted(named_commands("README.ko.md"))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (REPOSITORY / page).parent
    text = FENCE.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith(("http", "#", "mailto:"))]
    missing = [target for target in targets if target and not (folder / target).exists()]
    assert missing == []
