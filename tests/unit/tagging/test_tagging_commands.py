from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reumi.cli.main import cli, run
from tagging.bundle import DEFAULT_FOLDER, Bundle
from tagging.emotions import LABELS
from tagging.training_set import TrainingSet, manifest_path, write_set
from tests.planted import planted


def lines_of(*arguments: str, given: str = "") -> list[str]:
    result = CliRunner().invoke(cli, list(arguments), input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_predict_answers_a_line_for_a_line(planted_bundle: Bundle, tmp_path: Path) -> None:
    texts = ["오늘 눈물 이별", "", "웃음 선물 축하", "abc"]
    (tmp_path / "lines.txt").write_text("\n".join(texts), encoding="utf-8")
    model = str(planted_bundle.folder)
    answers = [json.loads(line) for line in lines_of("predict", "--model", model, "--json", str(tmp_path / "lines.txt"))]
    assert [(answer["line"], answer["emotion"]) for answer in answers] == [(1, "슬픔"), (3, "행복"), (4, "중립")]
    for answer in answers:
        assert list(answer) == ["line", "emotion", "probabilities"]
        assert list(answer["probabilities"]) == list(LABELS)
        assert abs(sum(answer["probabilities"].values()) - 1) < 1e-4
    piped = lines_of("predict", "--model", model, "-", given="\n".join(texts))
    assert [line.partition(" ")[0] for line in piped] == ["슬픔", "", "행복", "중립"]


def test_predict_reads_any_kind_of_line_end_and_a_byte_order_mark(planted_bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_bytes("\ufeff오늘 눈물 이별\r\n   \r\n웃음 선물 축하".encode())
    answers = lines_of("predict", "--model", str(planted_bundle.folder), str(tmp_path / "lines.txt"))
    assert [line.partition("\t")[2] for line in answers] == ["오늘 눈물 이별", "", "웃음 선물 축하"]


def test_predict_talks_on_a_terminal_until_0(planted_bundle: Bundle) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "reumi", "predict", "--model", str(planted_bundle.folder)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.write(ours, "눈물 이별 한숨\n\n0\n".encode())
        output, errors = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, errors
    assert "슬픔" in output.decode()
    assert "0을 적으면 끝납니다" in output.decode()


def test_predict_with_the_default_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom reumi.cli.main import run\nassert run(['predict', '-']) == 0\n"
        "heavy = {'torch', 'transformers', 'sklearn', 'scipy', 'pandas', 'sqlalchemy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], input="안녕\n", text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_whole_way_from_corpus_to_measures_on_the_command_line(tmp_path: Path) -> None:
    rows = "\n".join(f"{sentence.text},{sentence.label}" for sentence in planted(280))
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "one.csv").write_text(f"Sentence,Emotion\n{rows}\n무엇,ㅈ중립\n", encoding="utf-8")
    built = lines_of("dataset", "build", str(tmp_path / "corpus"), "-o", str(tmp_path / "set.tsv"))
    assert any("280 used, 1 refused" in line for line in built)
    assert any("line 282: unknown label" in line for line in built)
    assert any("47048" in line for line in built), "the original's table stands beside"
    trained = lines_of("train", str(tmp_path / "set.tsv"), "-o", str(tmp_path / "model"), "--kind", "linear")
    assert any(line.startswith("Wrote") for line in trained)
    measures = tmp_path / "measures.json"
    picture = tmp_path / "confusion.png"
    model = str(tmp_path / "model")
    table = lines_of("evaluate", "--model", model, str(tmp_path / "set.tsv"), "--json", str(measures), "--picture", str(picture))
    found = json.loads(measures.read_text(encoding="utf-8"))
    assert found["n"] == 56
    assert found["accuracy"] > 0.9
    assert any("confusion" in line for line in table)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert any("fingerprint" in line for line in lines_of("model", "show", model))
    assert any("model" in line for line in lines_of("model", "list", str(tmp_path)))
    assert lines_of("model", "evaluate", model, str(tmp_path / "set.tsv"))[0] == "56 sentences"


def test_a_model_of_both_sides_has_no_measures_and_is_not_measured_on_them_unwarned(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv"
    sentences = tuple(planted(280))
    write_set(path, TrainingSet(sentences[:224], sentences[224:]), {})
    for name, options in (("measured", []), ("kept", ["--both-sides"])):
        said = lines_of("train", str(path), "-o", str(tmp_path / name), "--kind", "linear", *options)
        assert any(line.startswith("all ") for line in said) == (name == "measured")
        read = lines_of("evaluate", "--model", str(tmp_path / name), str(path))
        assert "56 sentences" in read
        assert any("trained on these very sentences" in line for line in read) == (name == "kept")
    assert "## Not measured" in (tmp_path / "kept" / "README.md").read_text(encoding="utf-8")


def test_without_matplotlib_a_model_is_trained_and_said_to_have_no_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "set.tsv"
    sentences = tuple(planted(280))
    write_set(path, TrainingSet(sentences[:224], sentences[224:]), {})
    said = lines_of("train", str(path), "-o", str(tmp_path / "model"), "--kind", "linear")
    assert any(line.startswith("Wrote") for line in said)
    assert said[-1] == "No pictures were drawn: matplotlib is not installed; pip install 'reumi[kobert]' brings it."
    assert not (tmp_path / "model-pictures").exists()
    assert run(["evaluate", str(path), "--picture", str(tmp_path / "confusion.png")]) == 1


def test_a_set_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "\n".join(f"{sentence.text},{sentence.label}" for sentence in planted(280))
    (tmp_path / "one.csv").write_text(f"Sentence,Emotion\n{rows}\n", encoding="utf-8")
    assert run(["dataset", "build", str(tmp_path), "-o", str(tmp_path / "absent" / "set.tsv")]) == 1
    said = capsys.readouterr().err
    assert "absent/set.tsv cannot be written (no such file or directory)" in said
    assert len(said.splitlines()) == 1


def test_a_model_folder_that_cannot_be_made_is_refused_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.tsv"
    write_set(path, TrainingSet(tuple(planted(28)), ()), {})
    assert run(["train", str(path), "-o", "/dev/null/model", "--kind", "linear"]) == 1
    assert capsys.readouterr().err == "reumi: the model folder /dev/null/model cannot be made (Not a directory): name another\n"


@pytest.mark.parametrize("content", ["{", "[]", '{"files": [{"file": "a"}]}', '{"labels": []}', "\udcff"])
def test_a_broken_manifest_is_refused_before_anything_is_trained(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.tsv"
    write_set(path, TrainingSet(tuple(planted(28)), ()), {})
    manifest_path(path).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert run(["train", str(path), "-o", str(tmp_path / "model"), "--kind", "linear"]) == 1
    said = capsys.readouterr().err
    assert "set.tsv.manifest.json is no manifest" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "model").exists()


def test_a_model_is_listed_once_however_its_place_is_reached(
    planted_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(planted_bundle.folder, tmp_path / "mine")
    (tmp_path / "again").symlink_to(tmp_path / "mine")
    for hidden in (".venv", "env/lib/site-packages"):
        shutil.copytree(planted_bundle.folder, tmp_path / hidden / "tagging" / "default")
    monkeypatch.chdir(tmp_path)
    listed = lines_of("model", "list")
    assert [line.split()[-1] for line in listed] == [str(DEFAULT_FOLDER), "mine"]
    monkeypatch.chdir(DEFAULT_FOLDER.parent)
    assert [line.split()[-1] for line in lines_of("model", "list")] == [str(DEFAULT_FOLDER)]


def test_diaries_in_json_lines_are_measured_as_diaries(tmp_path: Path) -> None:
    path = tmp_path / "diaries.jsonl"
    path.write_text(json.dumps({"text": "버스를 탔다. 너무 슬퍼서 눈물이 났다.", "emotion": "슬픔"}, ensure_ascii=False), encoding="utf-8")
    assert lines_of("evaluate", "--diaries", str(path))[0] == "1 sentences"


def test_songs_are_measured_by_the_main_emotion_that_tagging_gives_them(tmp_path: Path) -> None:
    path = tmp_path / "songs.jsonl"
    verse = "버스를 탔다\n창밖을 봤다\n너무 슬퍼서\n눈물이 났다\n네가 보고 싶어\n혼자 울었다"
    songs = [{"text": verse, "emotion": "슬픔"}, {"text": "(간주)", "emotion": "중립"}]
    path.write_text("\n".join(json.dumps(song, ensure_ascii=False) for song in songs), encoding="utf-8")
    found = json.loads("\n".join(lines_of("evaluate", "--songs", str(path), "--json", "-")))
    assert (found["n"], found["accuracy"]) == (2, 1)
    assert CliRunner().invoke(cli, ["evaluate", "--songs", "--diaries", str(path)]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict", "--model", "absent", "-"], "no model at absent"),
        (["predict", "오늘 너무 행복해"], "to read a sentence: echo '오늘 너무 행복해' | reumi predict"),
        (["predict", "picture.png"], "picture.png is no UTF-8 text (line 1)"),
        (["predict", "old.txt"], "old.txt is no UTF-8 text (line 2): give a text file"),
        (["model", "show", "absent"], "no model at absent"),
        (["evaluate", "good.tsv", "--json", "/nonexistent/x"], "the folder /nonexistent does not exist"),
        (["evaluate", "good.tsv", "--json", "."], "is a directory"),
        (["evaluate", "good.tsv", "--picture", "/dev/null/x"], "/dev/null/x cannot be written"),
        (["train", "labels.tsv", "-o", "out", "--rate", "nan"], "no number within 0<x<=1"),
        (["train", "labels.tsv", "-o", "out", "--seed", "-1"], "--seed"),
        (["evaluate", "labels.tsv"], "line 1 is not text, tab"),
        (["evaluate", "empty.jsonl"], "no labelled sentences"),
        (["train", "labels.tsv", "-o", "out", "--kind", "linear"], "build it with `reumi dataset build`"),
        (["train", "labels.tsv", "-o", "out", "--kind", "encoder"], "build it with `reumi dataset build`"),
        (["dataset", "build", "absent", "-o", "set.tsv"], "no such file or folder"),
        (["dataset", "build", ".", "-o", "set.tsv"], "no AI Hub corpus"),
        (["tag", "--model", "labels.tsv"], "a model is a folder"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("labels.tsv").write_text("좋다\t기쁨\n", encoding="utf-8")
    Path("good.tsv").write_text("좋다\t행복\n슬프다\t슬픔\n", encoding="utf-8")
    Path("empty.jsonl").write_text("\n", encoding="utf-8")
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    Path("old.txt").write_bytes(b"abc\n" + "오늘은 슬펐다".encode("cp949"))
    assert run(arguments) != 0
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert said.startswith("reumi: ")
