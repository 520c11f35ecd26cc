from __future__ import annotations

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from reumi.errors import SettingInvalid
from reumi.settings import Settings


def test_later_sources_win(tmp_path: Path) -> None:
    (tmp_path / "reumi.toml").write_text('request_gap = 5\nsite_url = "http://file"\n', encoding="utf-8")
    settings = Settings.load({"REUMI_SITE_URL": "http://environment", "REUMI_MODEL": ""}, tmp_path)
    assert (settings.request_gap, settings.site_url, settings.model) == (5.0, "http://environment", "")


def test_every_setting_documents_itself_and_reads_its_variable(tmp_path: Path) -> None:
    for item in fields(Settings):
        assert item.metadata["doc"].endswith(".")
        value = "text" if isinstance(item.default, str) else str(type(item.default)(item.metadata["high"]))
        loaded = Settings.load({f"REUMI_{item.name.upper()}": value}, tmp_path)
        assert str(getattr(loaded, item.name)) == value


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("request_gap = 'soon'", "request_gap"),
        ("gap = 1", "`gap`"),
        ("max_requests = true", "max_requests"),
        ("max_requests = inf", "`max_requests` must be a whole number from 1 to 1,000,000,000, not inf"),
        ("max_requests = 300.5", "not 300.5"),
        ("= 1", "reumi.toml"),
        ('kept_pages = "a\\u0000b"', "`kept_pages` must be text without NUL"),
        (f"a = {'[' * 5000}", "reumi.toml"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "reumi.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingInvalid, match=named):
        Settings.load({}, tmp_path)


@pytest.mark.parametrize("item", [item for item in fields(Settings) if not isinstance(item.default, str)], ids=lambda item: item.name)
def test_every_number_has_bounds(item: Field[Any], tmp_path: Path) -> None:
    low, high = item.metadata["low"], item.metadata["high"]
    assert low <= item.default <= high
    for value in (low - 1, high + 1, "nan", "inf", "9" * 5000):
        with pytest.raises(SettingInvalid, match=f"REUMI_{item.name.upper()}: .* from "):
            Settings.load({f"REUMI_{item.name.upper()}": str(value)}, tmp_path)


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="REUMI_MAX_REQUESTS"):
        Settings.load({"REUMI_MAX_REQUESTS": "many"}, tmp_path)
