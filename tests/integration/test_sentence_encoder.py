"""A sentence encoder's folder, made from a tiny network: vectors, refusals, and the way from the command to the answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from reumi.cli.main import cli
from reumi.encoder import encoder_of, folder_of_index
from reumi.settings import Settings
from tagging.encoder_making import make_encoder
from tagging.errors import ModelMissing, ModelRefused, TrainingRefused
from tagging.sentence_encoder import CONFIG, open_encoder
from tests.planted import planted, tiny_kobert

pytestmark = pytest.mark.kobert
LYRICS = ["\n".join(sentence.text for sentence in planted(40)[start : start + 8]) for start in range(0, 40, 8)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    make_encoder(str(tiny_kobert(folder / "base")), folder / "made")
    return folder / "made"


def test_vectors_have_length_1_and_depend_on_their_own_text_alone(made: Path) -> None:
    encoder = open_encoder(made)
    together = encoder.of_lyrics([*LYRICS, "", "\n \n"])
    assert together.shape == (7, encoder.width)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together[:5], axis=1), 1, atol=1e-5)
    assert not together[5:].any()
    for lyric, vector in zip(LYRICS, together, strict=False):
        np.testing.assert_allclose(encoder.of_lyrics([lyric])[0], vector, atol=1e-5)
    diary = encoder.of_diary("오늘 눈물이 났다. " * 60)
    assert diary.shape == (encoder.width,)
    assert np.linalg.norm(diary) == pytest.approx(1, abs=1e-5)
    assert not encoder.of_diary("  ").any()


def test_a_line_sung_again_adds_nothing(made: Path) -> None:
    encoder = open_encoder(made)
    once, again = encoder.of_lyrics([LYRICS[0], f"{LYRICS[0]}\n{LYRICS[0]}"])
    np.testing.assert_allclose(once, again, atol=1e-6)


def test_a_folder_that_is_no_encoder_is_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="reumi model encoder"):
        open_encoder(tmp_path / "nowhere")
    with pytest.raises(ModelRefused, match="no sentence encoder"):
        open_encoder(tmp_path)
    with pytest.raises(TrainingRefused, match="no base model"):
        make_encoder(str(tmp_path / "nowhere"), tmp_path / "made")
    assert not (tmp_path / "made").exists()
    changed = shutil.copytree(made, tmp_path / "changed")
    (changed / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelRefused, match=r"tokenizer\.json is missing or was changed"):
        open_encoder(changed)
    (changed / CONFIG).write_text((changed / CONFIG).read_text().replace("query: ", "passage: "), encoding="utf-8")
    with pytest.raises(ModelRefused, match="was changed"):
        open_encoder(changed)


def test_the_command_makes_one_and_the_settings_find_it(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CliRunner().invoke(cli, ["model", "encoder", str(made.parent / "base"), "-o", str(tmp_path / "e5")])
    assert answer.exit_code == 0, answer.output
    assert f"REUMI_ENCODER={tmp_path / 'e5'}" in answer.output
    settings = Settings.load({"REUMI_ENCODER": str(tmp_path / "e5")}, tmp_path)
    encoder = encoder_of(settings)
    assert encoder is not None
    assert folder_of_index(settings, "songs.db") == Path(f"songs.db.index-{encoder.fingerprint[:8]}")
    assert encoder_of(Settings()) is None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REUMI_ENCODER", str(tmp_path / "gone"))
    missing = CliRunner().invoke(cli, ["index", "--db", "songs.db"])
    assert missing.exit_code != 0
    assert "no model at" in str(missing.exception or missing.output)
