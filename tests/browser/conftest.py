"""A replica, and `reumi crawl` against it, in this process or as a command of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reumi.cli.main import run
from reumi.replica.server import Replica
from scraper import orphans


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


@pytest.fixture
def environment(replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a crawl of the replica; its settings are in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REUMI_SITE_URL", replica.url)
    monkeypatch.setenv("REUMI_BACKOFF", "0.03")
    monkeypatch.setenv("REUMI_PAGE_TIMEOUT", "10")
    monkeypatch.setenv("REUMI_DATABASE_URL", f"sqlite:///{tmp_path / 'songs.db'}")
    return tmp_path


@pytest.fixture
def crawl(environment: Path) -> Callable[..., int]:
    """Run `reumi crawl` in this process; gives the exit code."""
    return lambda *arguments: run(["crawl", *arguments])


@pytest.fixture
def crawl_process(environment: Path) -> Callable[..., subprocess.Popen[Any]]:
    """Start `reumi crawl` as a process."""

    def start(*arguments: str) -> subprocess.Popen[Any]:
        code = "from reumi.cli.main import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, "crawl", *arguments],
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


@pytest.fixture
def browser_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder (TMPDIR) for the browsers of one test, short enough for Chromium's socket."""
    with tempfile.TemporaryDirectory(prefix="reumi-", dir=orphans.home()) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def browsers_of(folder: Path) -> list[int]:
    """Living processes of browsers whose profile lies in `folder` (a TMPDIR)."""
    return orphans.users(folder / orphans.PREFIX)
