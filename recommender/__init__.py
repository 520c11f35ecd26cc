"""Label → recommendation: finds the songs that fit a diary's feeling and says why.

`Recommender`, `Wish` and `Mode` are the public names; they are imported when first used, so that `recommender.errors` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.query import Mode, Wish
    from recommender.service import Recommender

__all__ = ["Mode", "Recommender", "Wish"]

_HOME = {"Recommender": "recommender.service", "Wish": "recommender.query", "Mode": "recommender.query"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
