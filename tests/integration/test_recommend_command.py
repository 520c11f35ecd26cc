"""`reumi recommend` on a data set: which model reads, what may be read, and what is said beside the answer."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from reumi.cli.main import run
from reumi.entry import LITTLE_KOREAN
from reumi.replica.catalogue import load_songs
from tests.data_set import light_model, make_data_set

DIARY = "오늘은 괜히 눈물이 났다"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recommend")
    make_data_set(folder / "reumi.db", list(load_songs().values())[:40], days=1)
    return folder


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def test_a_model_may_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shares = []
    for arguments in ([], ["--model", str(light_model(folder))]):
        assert run(["recommend", DIARY, "--json", *arguments]) == 0
        shares.append(json.loads(capsys.readouterr().out)["probabilities"])
    assert shares[0] != shares[1]
    assert run(["recommend", DIARY, "--model", "absent"]) == 1
    assert "no model at absent" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "said"), [(DIARY, ""), ("😭😭😭", LITTLE_KOREAN), ("I cried on the bus today.", LITTLE_KOREAN)])
def test_a_diary_with_little_korean_is_answered_with_a_gentle_word(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recommend", text, "--json"]) == 0
    shown = capsys.readouterr()
    assert len(json.loads(shown.out)["songs"]) == 3
    assert shown.err.strip() == said


def test_a_diary_may_come_through_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for arguments in ([DIARY], ["-"], []):
        given(monkeypatch, f"{DIARY}\r\n".encode())
        assert run(["recommend", *arguments]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("piped", [False, True])
def test_a_diary_is_at_most_as_long_as_on_the_screen(
    piped: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "가" * 20_001
    given(monkeypatch, text.encode())
    assert run(["recommend", "-" if piped else text]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "reumi: the diary entry has 20,001 characters, and at most 20,000 are read at a time; shorten or divide it\n"


@pytest.mark.parametrize("content", ["오늘은 슬펐다\n눈물이 났다".encode("cp949"), b"\x89PNG\r\n\x1a\n\x00", "슬펐다".encode("utf-16")])
def test_what_is_no_text_is_refused_and_not_read(
    content: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, content)
    assert run(["recommend", "-"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("reumi: standard input is no UTF-8 text (line 1)")
    assert len(shown.err.splitlines()) == 1
