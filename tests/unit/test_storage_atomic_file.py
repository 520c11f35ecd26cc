"""A file appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.atomic_file import atomic_file


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the system's nameless files where it has them, and without."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_the_new_content_takes_the_place_of_the_old_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old")
    with atomic_file(file) as target:
        target.write(b"new")
        target.flush()
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.usefixtures("way")
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old")
    with pytest.raises(RuntimeError, match="halfway"):
        _write_half(file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def _write_half(file: Path) -> None:
    with atomic_file(file) as target:
        target.write(b"half")
        raise RuntimeError("halfway")


@pytest.mark.usefixtures("way")
def test_the_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a.csv") as target:
        target.write(b"x")
    (tmp_path / "b.csv").write_bytes(b"x")
    assert (tmp_path / "a.csv").stat().st_mode == (tmp_path / "b.csv").stat().st_mode
