"""The files in deploy/: units that systemd accepts, a compose file whose parts fit, commands that reumi knows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reumi.schedule.commands import mistake_in
from reumi.schedule.plan import Job
from reumi.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_units_are_accepted_by_systemd(tmp_path: Path) -> None:
    program = tmp_path / "reumi"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    for name in UNITS:
        unit = (DEPLOY / name).read_text(encoding="utf-8").replace("/var/lib/reumi/venv/bin/reumi", str(program))
        (tmp_path / name).write_text(unit.replace("User=reumi\n", ""), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)], capture_output=True, text=True, check=False
    )  # fmt: skip
    said = [line for line in verified.stderr.splitlines() if str(tmp_path) in line or line.startswith("reumi")]
    assert said == []


def test_every_timer_has_its_service_and_the_schedule_starts_again() -> None:
    assert [name for name in UNITS if name.endswith(".timer") and name.replace(".timer", ".service") not in UNITS] == []
    assert "Restart=always" in (DEPLOY / "reumi.service").read_text(encoding="utf-8")


def test_commands_of_units_and_containers_are_ones_that_reumi_knows(tmp_path: Path) -> None:
    text = "".join((DEPLOY / name).read_text(encoding="utf-8") for name in (*UNITS, "Dockerfile"))
    commands = re.findall(r"\breumi ((?:schedule|status|db)\b[^;\"'\n]*)", text)
    assert {command.split()[0] for command in commands} == {"schedule", "status", "db"}
    for command in commands:
        words = (*shlex.split(command), "copy.db") if command.startswith("db backup") else tuple(shlex.split(command))
        assert mistake_in(Job("a", words, None, timedelta(hours=1)), tmp_path) is None, command


def test_parts_of_the_compose_file_fit(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    assert set(services) == {"reumi", "database", "browser"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert all(mount.partition(":")[0] in volumes for mount in service.get("volumes", [])), name
        assert service["restart"] == "unless-stopped", name
        assert re.search(r":\d", service["image"]) if "image" in service else service["build"]["dockerfile"], name
    assert all("healthcheck" in services[name] for name in services["reumi"]["depends_on"])
    dockerfile = (DEPLOY / services["reumi"]["build"]["context"] / services["reumi"]["build"]["dockerfile"]).resolve()
    assert dockerfile == DEPLOY / "Dockerfile"


def test_the_container_is_set_by_settings_that_there_are(compose: dict[str, Any]) -> None:
    known = {f"REUMI_{name.upper()}" for name in Settings.__dataclass_fields__}
    assert set(compose["services"]["reumi"]["environment"]) <= known
    assert "://reumi:${POSTGRES_PASSWORD:?" in compose["services"]["reumi"]["environment"]["REUMI_DATABASE_URL"]


def test_the_image_is_built_of_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", text).splitlines()
    instructions = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    known = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "ENTRYPOINT", "CMD", "HEALTHCHECK"}
    assert set(instructions) <= known
    assert instructions[0] == "FROM"
    assert f"python:{sys.version_info.major}" in lines[next(i for i, line in enumerate(lines) if line.startswith("FROM"))]
    assert (REPOSITORY / "constraints.txt").exists()
    assert instructions.index("USER") < instructions.index("CMD")
