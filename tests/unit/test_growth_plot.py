from __future__ import annotations

from pathlib import Path

from benchmarks.plot import draw, growth

FIGURES = {
    "the original's way, 10,000 songs, p50 ms": 230.0,
    "the original's way, 700 songs, p50 ms": 24.0,
    "full blend, reasons and all, 700 songs, p50 ms": 2.0,
    "full blend, reasons and all, 1,000,000 songs, p50 ms": 15.0,
    "adding 100 songs to 700, ms": 30.0,
    "the original's way, 700 songs, p95 ms": 40.0,
}


def test_the_growth_is_read_from_the_figures() -> None:
    assert growth(FIGURES) == {
        "the original's way": [(700, 24.0), (10_000, 230.0)],
        "full blend, reasons and all": [(700, 2.0), (1_000_000, 15.0)],
    }


def test_the_picture_is_small_and_the_same_for_the_same_figures(tmp_path: Path) -> None:
    for name in ("first.svg", "again.svg"):
        draw(FIGURES, tmp_path / name)
    first, again = ((tmp_path / name).read_bytes() for name in ("first.svg", "again.svg"))
    assert first == again
    assert b"whole answer with reasons" in first
    assert len(first) < 60_000
