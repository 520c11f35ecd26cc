"""Models for the tagging tests: the shipped one, and a linear one trained on a planted corpus in half a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagging.bundle import Bundle, load_classifier
from tagging.reader import Reader
from tagging.training import TrainOrder, train
from tests.planted import planted_set


@pytest.fixture(scope="session")
def default() -> Reader:
    return load_classifier()


@pytest.fixture(scope="session")
def planted_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return train(TrainOrder("linear", tmp_path_factory.mktemp("models") / "planted"), planted_set(350))


@pytest.fixture
def bundle_copy(planted_bundle: Bundle, tmp_path: Path) -> Path:
    """The planted bundle in a folder of the test's own, to be damaged."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in planted_bundle.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
