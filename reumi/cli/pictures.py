"""Training curves and confusion matrices as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reumi.errors import FileUnwritable, MissingExtra

# matplotlib's own font has no Hangul; Latin names read everywhere.
NAMES = ("happiness", "surprise", "anger", "fear", "disgust", "sadness", "neutral")


def require_matplotlib(command: str) -> None:
    """Raise MissingExtra, in the name of `command`, where matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401 (only whether it can be imported)
    except ImportError:
        raise MissingExtra(command, "kobert") from None


def draw_history(history: Sequence[Mapping[str, float]], path: Path, watched: str) -> None:
    """Loss, accuracy and macro-F1 of the training side and of `watched`, the other one, over the epochs. Raises FileUnwritable."""
    figure = _figure(12, 4)
    epochs = [row["epoch"] for row in history]
    for place, measure in enumerate(("loss", "accuracy", "macro_f1"), start=1):
        axes = figure.add_subplot(1, 3, place)
        for side, name in (("train", "train"), ("test", watched)):
            axes.plot(epochs, [row[f"{side}_{measure}"] for row in history], marker="o", label=name)
        axes.set_title(measure)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    _save(figure, path)


def draw_confusion(rows: Sequence[Sequence[int]], path: Path) -> None:
    """The confusion matrix as shares of each true label. Raises FileUnwritable."""
    figure = _figure(7, 6)
    axes = figure.add_subplot(1, 1, 1)
    shares = [[count / max(sum(row), 1) for count in row] for row in rows]
    axes.imshow(shares, cmap="Purples", vmin=0, vmax=1)
    axes.set_xticks(range(len(NAMES)), NAMES, rotation=45, ha="right")
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    for true, row in enumerate(rows):
        for answer, count in enumerate(row):
            axes.text(answer, true, str(count), ha="center", va="center", color="white" if shares[true][answer] > 0.5 else "black")
    _save(figure, path)


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120, format="png")
    except OSError as error:
        raise FileUnwritable(path, error) from error
