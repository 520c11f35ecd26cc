from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from reumi.cli.export import export
from reumi.settings import Settings, setting
from tests.scripts import load_script

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return load_script("reference")


def test_reference_pages_are_what_the_code_says(reference: ModuleType) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs" / "reference").glob("*.md")}
    assert written == reference.pages(), "run: python scripts/reference.py"


def test_an_option_that_changes_makes_its_page_stale(reference: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = next(option for option in export.params if option.name == "layout")
    monkeypatch.setattr(layout, "opts", ["--shape"])
    stale = {
        name for name, page in reference.pages().items() if page != (REPOSITORY / "docs" / "reference" / name).read_text(encoding="utf-8")
    }
    assert stale == {"export.md"}


def test_a_setting_that_changes_makes_its_page_stale(reference: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other(Settings):
        one_more: int = setting(1, "One more.")

    monkeypatch.setattr(reference, "Settings", Other)
    assert "`REUMI_ONE_MORE`" in reference.pages()["settings.md"]
