from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reumi.cli.main import COMMANDS, cli, run
from reumi.cli.values import Number

HEAVY = ("numpy", "sqlalchemy", "torch", "transformers", "sklearn", "pandas", "selenium", "streamlit", "fastapi", "rich", "onnxruntime")
HUGE = "99999999999999999999"
LONG = "x" * 300


class Terminal(io.StringIO):
    """Standard input where nobody pipes anything."""

    def isatty(self) -> bool:
        return True


def reumi(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REUMI_")}
    command = [sys.executable, "-m", "reumi", *arguments]
    return subprocess.run(command, cwd=cwd, env={**inherited, **environment}, capture_output=True, check=False, timeout=120)


def every_command() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found.extend((f"{name} {sub}", command.commands[sub]) for sub in command.commands)
    return found


def test_help_names_every_command_and_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys; from reumi.cli.main import run; run(['--help']); print([name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True, encoding="utf-8")
    assert shown.stdout.splitlines()[-1] == "[]"
    assert all(name in shown.stdout for name in COMMANDS)


def test_every_command_imports_and_shows_an_example() -> None:
    without = [name for name, command in every_command() if not isinstance(command, click.Group) and "Example" not in (command.help or "")]
    assert without == []


def test_every_option_explains_itself_or_is_named_by_convention() -> None:
    plain = {"folder", "file", "text", "help", "song", "set", "job"}
    silent = [
        f"{name} --{option.name}"
        for name, command in every_command()
        for option in command.params
        if isinstance(option, click.Option) and not option.help and not option.show_default and option.name not in plain
    ]
    assert silent == []


def test_korean_is_safe_in_any_locale(tmp_path: Path) -> None:
    shown = reumi("recommend", "--help", cwd=tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert shown.returncode == 0
    assert "기분 전환" in shown.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["no-such-command"], 2), (["recommend", "슬픔", "-k", "0"], 2), (["recommend", "슬픔", "--genre", "트럼펫"], 2), (["recommend"], 2)],
)
def test_a_mistake_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert run(arguments) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
    assert shown.err.startswith("reumi: ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["crawl", "--dry-run", "--refresh-details", "99999999999d"], "too long: the longest is 36525d"),
        (["crawl", "--dry-run", "--limit", HUGE], "--limit"),
        (["songs", "--min-likes", HUGE], "--min-likes"),
        (["songs", "--limit", HUGE], "--limit"),
        (["replica", "serve", "--port", "0", "--advance", "1e12"], "--advance"),
        (["replica", "serve", "--port", "0", "--advance", "nan"], "no number within 0<=x<=36525"),
        (["replica", "serve", "--port", "0", "--now", "9999-12-31"], "of the years 1900 to 2500"),
        (["recommend", "슬픔", "--exclude", "\udcff"], "no UTF-8 text"),
        (["recommend", "슬픔\udcff"], "no UTF-8 text"),
        (["song", "\udcff"], "no UTF-8 text"),
        (["history", "\udcff"], "no UTF-8 text"),
        (["runs", "show", "\udcff"], "no UTF-8 text"),
        (["songs", "--text", "\udcff"], "no UTF-8 text"),
        (["demo", "--folder", "/dev/null/x"], "/dev/null/x cannot be written (not a directory)"),
        (["index", "--db", "sqlite://"], "no data set at :memory:"),
        (["stats", "--db", "sqlite://host"], "three slashes"),
        (["db", "upgrade", "--db", "sqlite:///a%00b.db"], "no file's name holds NUL"),
        (["status", "--db", "sqlite:///a%00b.db"], "no file's name holds NUL"),
        (["songs", "--db", LONG], "file name too long, name another place"),
        (["status", "--db", LONG], "file name too long, name another place"),
        (["recommend", "슬픔", "--db", LONG], "file name too long, name another place"),
        (["predict", "--model", LONG], "File name too long"),
        (["schedule", "init", "--file", LONG], "cannot be used (file name too long): name another place"),
        (["doctor", "pages", "--folder", LONG], "cannot be used (file name too long): name another place"),
    ],
)
def test_a_value_that_nothing_could_be_done_with_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], part: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) in (1, 2)
    shown = capsys.readouterr().err
    assert part in shown
    assert len(shown.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_every_text_is_checked_to_be_one_and_every_number_has_bounds() -> None:
    # Paths may hold any bytes, and a database URL may hold a path; the number of epochs and the like costs only time.
    places = {"database_url", "database", "url", "target", "model", "base", "folder"}
    boundless = {"epochs", "batch", "patience", "seed"}
    unchecked = [
        f"{name} {option.name}"
        for name, command in every_command()
        for option in command.params
        if (option.type is click.STRING and option.name not in places)
        or (option.type in (click.INT, click.FLOAT) and option.name not in boundless)
        or (isinstance(option.type, click.IntRange) and option.type.max is None and option.name not in boundless)
        or (isinstance(option.type, click.FloatRange) and not isinstance(option.type, Number))
    ]
    assert unchecked == []


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["recomend", "슬픔"], "recommend"), (["recommend", "슬픔", "--genra", "록"], "--genre"), (["model", "lst"], "list")],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert "Did you mean" in shown
    assert meant in shown
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("recommend", "오늘은 슬펐다"), ("tag",)])
def test_without_a_data_set_it_is_said_what_to_run_and_none_is_made(arguments: tuple[str, ...], tmp_path: Path) -> None:
    shown = reumi(*arguments, cwd=tmp_path)
    assert shown.returncode != 0
    assert b"Traceback" not in shown.stderr
    assert "reumi crawl" in shown.stderr.decode("utf-8")
    assert list(tmp_path.iterdir()) == []


def test_a_bad_setting_names_its_source(tmp_path: Path) -> None:
    (tmp_path / "reumi.toml").write_text('request_gap = "soon"\n', encoding="utf-8")
    shown = reumi("recommend", "슬픔", cwd=tmp_path)
    assert shown.returncode == 2
    assert "reumi.toml" in shown.stderr.decode("utf-8")
    assert "request_gap" in shown.stderr.decode("utf-8")
