"""Programs that stand in for `python -m reumi`, for tests of what runs it."""

from __future__ import annotations

import os
from pathlib import Path


def stand_in(folder: Path, code: str) -> dict[str, str]:
    """An environment in which `python -m reumi` is this code."""
    package = folder / "stand-in" / "reumi"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(code, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONSAFEPATH": "1"}
