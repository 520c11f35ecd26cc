from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", REPOSITORY / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_pages_are_what_the_code_says(reference: ModuleType) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs" / "reference").glob("*.md")}
    assert written == reference.pages(), "run: python scripts/reference.py"
