from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOUR = (REPOSITORY / "docs" / "tour-of-the-code.md").read_text(encoding="utf-8")


def test_every_file_on_the_tour_exists() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_.]*)`", TOUR))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_the_tour_is_short() -> None:
    assert len(TOUR.splitlines()) < 150
