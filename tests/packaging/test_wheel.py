"""The built wheel, in an environment that knows nothing of this folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from reumi.cli.main import COMMANDS
from tests.data_set import light_model

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `reumi` script of an environment that holds the wheel; its dependencies are borrowed from the running one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    wheel = next(folder.glob("*.whl"))
    venv.create(folder / "env", with_pip=False)
    site = next((folder / "env" / "lib").glob("python*")) / "site-packages"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # A folder named in a .pth file has no .pth files of its own read, so the editable install of this repository stays out.
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder / "env" / "bin" / "python"


def reumi(python: Path, cwd: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REUMI_", "PYTHON"))} | settings
    command = [str(python), "-m", "reumi", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False, text=True, encoding="utf-8", timeout=240)


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [str(installed), "-I", "-c", "import reumi, migrations; print(reumi.__file__, migrations.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    assert str(REPOSITORY) not in where.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_its_help(installed: Path, tmp_path: Path, command: str) -> None:
    shown = reumi(installed, tmp_path, command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert "Usage: " in shown.stdout


def test_migrations_run_from_any_folder(installed: Path, tmp_path: Path) -> None:
    assert reumi(installed, tmp_path, "db", "upgrade", "--db", "new.db").returncode == 0
    checked = reumi(installed, tmp_path, "db", "check", "--db", "new.db")
    assert checked.returncode == 0, checked.stderr


def test_the_model_is_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("오늘은 하루 종일 웃음이 났다\n", encoding="utf-8")
    answer = reumi(installed, tmp_path, "predict", "--json", "lines.txt")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["emotion"] == "행복"


# With the model that ships, tagging the demo's songs takes most of a minute; its linear part goes the same way.
@pytest.mark.browser
@pytest.mark.parametrize("model", ["linear", pytest.param("shipped", marks=pytest.mark.slow)])
def test_the_whole_job_runs_from_the_wheel(installed: Path, tmp_path: Path, model: str) -> None:
    settings = {"REUMI_MODEL": str(light_model(tmp_path))} if model == "linear" else {}
    shown = reumi(installed, tmp_path, "demo", "--folder", "out", **settings)
    assert shown.returncode == 0, shown.stderr
    if model == "shipped":
        promised = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("오늘의 마음")[2].partition("\n…")[0]
        assert promised in shown.stdout, "README.md shows another answer than the demo gives"
    answer = reumi(installed, tmp_path, "recommend", "--db", "out/reumi.db", "--json", "오늘은 하루 종일 웃음이 났다", **settings)
    songs = json.loads(answer.stdout)["songs"]
    assert len(songs) == 3
    assert all(song["title"] and song["artist"] and song["reasons"] for song in songs)
    assert (tmp_path / "out" / "songs.csv").read_bytes().startswith(b"\xef\xbb\xbf")
