"""Every command that README and the tours show is run, in order, in a folder of its own, against the replica."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

import pytest

from reumi.cli.main import COMMANDS, run
from reumi.replica.server import Replica
from tests.data_set import light_model
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


# These read lyrics with the model that ships; the others with its linear part, which labels songs a hundred times faster.
WHOLE_MODEL = ("docs/api.md", "docs/tour-models.md")
# Every command of this page is a process of its own; elsewhere those that need no shell run in this one, without its start.
PROCESSES = "README.md"
# Its commands are README.md's, to the letter, as a test holds: they are not run again.
TRANSLATION = "README.ko.md"
SHELL = re.compile(r"[|<>&;$`\\]")


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


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(light_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def place(page: str, replica: Replica, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a page's commands; their settings are in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REUMI_SITE_URL", replica.url)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if page not in WHOLE_MODEL:
        monkeypatch.setenv("REUMI_MODEL", model)
    return tmp_path


def outcome_of(step: list[str], alone: bool) -> tuple[int, str]:
    """Run a command, as a process or (where it is not to be alone and needs no shell) in this one; gives its exit code and last words."""
    if not alone and step[-1].startswith("reumi ") and not SHELL.search(step[-1]):
        return run(shlex.split(step[-1], comments=True)[1:]), "(its words stand in the captured output)"
    done = subprocess.run(step, capture_output=True, check=False, text=True, timeout=240)
    return done.returncode, done.stdout[-2000:] + done.stderr[-2000:]


# Crawls in this process are lent a browser.
@pytest.mark.browser
@pytest.mark.usefixtures("lent_browser")
@pytest.mark.parametrize("page", [page for page in PAGES if run_commands(page) and page not in (RECIPES, TRANSLATION)])
def test_the_commands_of_a_page_run(page: str, place: Path) -> None:
    with served_for(page, place, dict(os.environ)) as port:
        for step in steps_of(page):
            command = step[-1].replace("localhost:8080", f"localhost:{port}")
            code, words = outcome_of([*step[:-1], command], alone=page == PROCESSES)
            expected = {0, 1} if command.startswith("reumi status") else {0}  # 1: it found something to say, as a monitor wants to know
            assert code in expected, f"{page}: {command}\n{words}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != RECIPES])
def test_a_page_names_only_commands_that_exist(page: str) -> None:
    unknown = set(named_commands(page)) - set(COMMANDS) - {"is", "as"}
    assert unknown == set()


def test_both_readmes_show_the_same_commands() -> None:
    assert steps_of("README.md") == steps_of(TRANSLATION) != []
    assert sorted(named_commands("README.md")) == sorted(named_commands(TRANSLATION))


def test_both_readmes_show_the_same_answer() -> None:
    ours, theirs = ([body for body in blocks(page, "text") if "오늘의 마음" in body] for page in ("README.md", TRANSLATION))
    assert ours == theirs != []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (REPOSITORY / page).parent
    text = FENCE.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith(("http", "#", "mailto:"))]
    missing = [target for target in targets if target and not (folder / target).exists()]
    assert missing == []
