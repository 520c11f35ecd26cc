"""The doctor notices a machine that is not as it should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reumi.doctor import machine
from reumi.doctor.finding import Finding
from reumi.doctor.site import site
from reumi.settings import Settings


def doctor(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[Finding]]:
    """Exit code and findings of `reumi doctor --json` in a folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REUMI_")}
    shown = subprocess.run(
        [sys.executable, "-m", "reumi", "doctor", "--json", *arguments],
        cwd=folder, env={**inherited, **environment}, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    return shown.returncode, [Finding(**json.loads(line)) for line in shown.stdout.splitlines()]


def test_a_package_of_the_same_name_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "tagging").mkdir(parents=True)
    (tmp_path / "elsewhere" / "tagging" / "__init__.py").touch()
    code, found = doctor(tmp_path, "--quick", PYTHONPATH=str(tmp_path / "elsewhere"))
    (names,) = [finding for finding in found if finding.subject == "names"]
    assert code == 1
    assert names.level == "fail"
    assert "`tagging`" in names.found
    assert "environment of its own" in names.cure
    # The other checks are still made, those that need the package excepted.
    assert {"clock", "disk"} <= {finding.subject for finding in found if finding.level == "ok"}


def test_a_machine_without_a_browser_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (finding,) = machine.browser(Settings(), start=True)
    assert (finding.level, finding.subject) == ("fail", "browser")
    assert "apt install chromium" in finding.cure


def test_a_driver_for_another_browser_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, version in (("chromium", "Chromium 156.0.1"), ("chromedriver", "ChromeDriver 120.0.2 (abc)")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version.replace('(', '').replace(')', '')}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = list(machine.browser(Settings(), start=False))
    assert [finding.level for finding in found] == ["ok", "fail"]
    assert "same version" in found[1].cure


@pytest.mark.browser
def test_the_browser_of_this_machine_starts() -> None:
    assert all(finding.level != "fail" for finding in machine.browser(Settings(), start=True))


def test_a_site_that_is_away_is_a_warning() -> None:
    (finding,) = site(Settings(site_url="http://127.0.0.1:9"))
    assert (finding.level, finding.subject) == ("warn", "network")


def test_a_full_disk_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert next(machine.room(tmp_path)).level in ("ok", "warn")
    monkeypatch.setattr(machine, "_LEAST_ROOM", 2**63)
    assert next(machine.room(tmp_path)).level == "fail"
