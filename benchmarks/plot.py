"""`python -m benchmarks.plot`: draw how the recommender's cost grows with the songs, from the last run of `benchmarks.recommend`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness import RESULTS

PICTURE = Path(__file__).parent.parent / "docs" / "recommender-growth.svg"
_FIGURE = re.compile(r"(?P<way>.+), (?P<songs>[\d,]+) songs, p50 ms")
# Way as measured → its name in the picture and its colour.
WAYS = {
    "the original's way": ("the original's way", "#b0413e"),
    "full blend, reasons and all": ("whole answer with reasons", "#30618c"),
    "--scorer original": ("--scorer original", "#5d8a4a"),
}


def growth(figures: Mapping[str, float]) -> dict[str, list[tuple[int, float]]]:
    """Way → (songs, median in ms), fewest songs first."""
    found: dict[str, list[tuple[int, float]]] = {way: [] for way in WAYS}
    for name, value in figures.items():
        match = _FIGURE.fullmatch(name)
        if match and match["way"] in found:
            found[match["way"]].append((int(match["songs"].replace(",", "")), value))
    return {way: sorted(points) for way, points in found.items() if points}


def draw(figures: Mapping[str, float], picture: Path = PICTURE) -> None:
    """Write the picture, the same bytes for the same figures."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "reumi", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6))
    for way, points in growth(figures).items():
        name, colour = WAYS[way]
        axes.plot(*zip(*points, strict=True), marker="o", label=name, color=colour)
    axes.set(xscale="log", yscale="log", xlabel="songs", ylabel="median, ms of one thread")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(picture, metadata={"Date": None}, bbox_inches="tight")
    pyplot.close(figure)


if __name__ == "__main__":
    draw(json.loads((RESULTS / "recommend.json").read_text(encoding="utf-8"))["figures"])
