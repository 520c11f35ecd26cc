"""The notebook runs from its first cell to its last, with a real crawl of the replica, and shows what it promises."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.data_set import light_model

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "reumi.ipynb"
pytestmark = pytest.mark.browser


# The kernel's own libraries leave sockets to the garbage collector and use an old pyzmq call.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_notebook_runs_the_whole_job(browser_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in [name for name in os.environ if name.startswith("REUMI_")]:
        monkeypatch.delenv(name)
    # Tagging is a matter of seconds with the linear part of the model that ships; the diary is read by the whole.
    monkeypatch.setenv("REUMI_MODEL", str(light_model(tmp_path)))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = "\n".join(str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    assert "Verdict: ok" in shown
    assert shown.count("오늘의 마음: <b>") == 2
    assert shown.count("<img src=") >= 6
    assert "곡이 준비되었습니다" in shown


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
