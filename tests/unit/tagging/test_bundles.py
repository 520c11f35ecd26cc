from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tagging.bundle import DEFAULT_FOLDER, Bundle, load_classifier, open_bundle, write_config
from tagging.errors import ModelMissing, ModelRefused
from tagging.tensors import load_tensors, save_tensors


def edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, **changes}, ensure_ascii=False), encoding="utf-8")


def test_a_copied_bundle_has_the_same_fingerprint_and_answers(planted_bundle: Bundle, bundle_copy: Path) -> None:
    assert open_bundle(bundle_copy).fingerprint == planted_bundle.fingerprint
    lines = ["웃음 선물", "어둠 비명"]
    np.testing.assert_array_equal(
        load_classifier(bundle_copy).predict_proba(lines), load_classifier(planted_bundle.folder).predict_proba(lines)
    )


def test_a_changed_weight_is_refused(bundle_copy: Path) -> None:
    weights = bundle_copy / "linear.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelRefused, match=r"linear\.safetensors is damaged or was changed"):
        open_bundle(bundle_copy)


def test_a_missing_file_is_refused(bundle_copy: Path) -> None:
    (bundle_copy / "linear.safetensors").unlink()
    with pytest.raises(ModelRefused, match=r"linear\.safetensors is missing"):
        open_bundle(bundle_copy)


def test_other_labels_are_refused(bundle_copy: Path) -> None:
    edit(bundle_copy, id2label={"0": "기쁨", "1": "슬픔"})
    with pytest.raises(ModelRefused, match="its labels are 기쁨, 슬픔"):
        open_bundle(bundle_copy)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"temperature": 9.0}, "its fingerprint does not match"),
        ({"version": 2}, "format version 2"),
        ({"format": "other"}, "does not describe a ReUmi model"),
        ({"kind": "gpt"}, "of the kind gpt"),
    ],
)
def test_a_changed_configuration_is_refused(bundle_copy: Path, changes: dict[str, object], reason: str) -> None:
    edit(bundle_copy, **changes)
    with pytest.raises(ModelRefused, match=reason):
        open_bundle(bundle_copy)


def test_a_folder_that_is_no_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no ReUmi model"):
        open_bundle(tmp_path)
    with pytest.raises(ModelMissing, match="no model at"):
        open_bundle(tmp_path / "absent")
    (tmp_path / "model.pt").write_bytes(b"x")
    with pytest.raises(ModelRefused, match="reumi model import"):
        open_bundle(tmp_path / "model.pt")


def test_weights_of_another_shape_are_refused(bundle_copy: Path) -> None:
    save_tensors(
        bundle_copy / "linear.safetensors",
        {"weights": np.zeros((8, 5), np.float16), "idf": np.zeros(8, np.float16), "bias": np.zeros(5, np.float32)},
    )
    write_config(bundle_copy, name="odd", kind="linear", parts={"linear": 1.0})
    with pytest.raises(ModelRefused, match="unexpected shape"):
        load_classifier(bundle_copy)


def test_what_cannot_change_an_answer_is_not_in_the_fingerprint(bundle_copy: Path) -> None:
    before = open_bundle(bundle_copy)
    (bundle_copy / "README.md").write_text("another card", encoding="utf-8")
    after = write_config(bundle_copy, name="renamed", kind=before.kind, parts=before.parts, temperature=before.temperature)
    assert after.fingerprint == before.fingerprint
    warmer = write_config(bundle_copy, name="renamed", kind=before.kind, parts=before.parts, temperature=before.temperature + 0.1)
    assert warmer.fingerprint != before.fingerprint


def test_a_network_in_a_folder_that_its_library_cannot_open_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"model \xff")
    folder.symlink_to(DEFAULT_FOLDER)
    with pytest.raises(ModelRefused, match=r"no UTF-8.* rename it"):
        load_classifier(folder)


def test_tensors_survive_the_file(tmp_path: Path) -> None:
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, -2], dtype=np.int8), "c": np.ones(3, np.float16)}
    save_tensors(tmp_path / "t.safetensors", tensors)
    for name, array in load_tensors(tmp_path / "t.safetensors").items():
        np.testing.assert_array_equal(array, tensors[name])
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(ValueError, match="no safetensors file"):
        load_tensors(tmp_path / "bad.safetensors")
