"""The model that ships with ReUmi."""

from __future__ import annotations

from tagging.bundle import load_classifier
from tagging.reader import Reader


def load_default() -> Reader:
    """Open the embedded model: offline, without torch or scikit-learn."""
    return load_classifier(None)
