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


def command_lines(compose: dict[str, Any]) -> list[str]:
    """What units and containers start, a line each."""
    files = "\n".join((DEPLOY / name).read_text(encoding="utf-8") for name in (*UNITS, "Dockerfile"))
    starting = re.findall(r"^(?:Exec\w+=|ENTRYPOINT |CMD |HEALTHCHECK )(.*)$", files, flags=re.MULTILINE)
    for service in compose["services"].values():
        starting += [" ".join(service.get("healthcheck", {}).get("test", [])), service.get("command", "")]
    return starting


def test_commands_of_units_and_containers_are_ones_that_reumi_knows(compose: dict[str, Any], tmp_path: Path) -> None:
    found = [command for line in command_lines(compose) for command in re.findall(r"(?:^|[/ ])reumi ([^;\"']*(?:\"[^\"]*\")?)", line)]
    # A user or a database of the name is no command.
    commands = [command.strip() for command in found if not command.startswith("-")]
    (tmp_path / "backups").mkdir()  # as ExecStartPre does
    for command in commands:
        assert mistake_in(Job("a", tuple(shlex.split(command)), None, timedelta(hours=1)), tmp_path) is None, command
    assert sorted(" ".join(command.split()[:2]) for command in commands) == [
        "db backup", "schedule check", "schedule init", "schedule run", "schedule run", "status", "status",
    ]  # fmt: skip


def test_parts_of_the_compose_file_fit(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    assert set(services) == {"reumi", "database", "browser"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert all(mount.partition(":")[0] in volumes for mount in service.get("volumes", [])), name
        assert service["restart"] == "unless-stopped", name
        assert re.search(r":\d", service["image"]) if "image" in service else service["build"]["dockerfile"], name
        # YAML reads a bare `yes` or `true` as a truth value, which compose refuses.
        assert all(isinstance(value, str | int) and not isinstance(value, bool) for value in service.get("environment", {}).values()), name
    for name in services["reumi"]["depends_on"]:
        how, *words = services[name]["healthcheck"]["test"]
        assert how == "CMD-SHELL", name
        assert [type(word) for word in words] == [str], name  # unquoted, `"ready": true` would be a mapping
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
