"""Errors of the emotion reading, named by what the caller should do.

TaggingError
├── ModelMissing       no model at that place: correct the path, or build one
├── ModelRefused       a model folder that is damaged, changed, or made for other labels: the sentence says which
├── CorpusRefused      a file that holds no labelled sentences: correct the path or the file
├── TrainingRefused    a training set or base model that cannot be trained on: the sentence says what is missing
├── ClusterLost        the Dask cluster cannot be reached or cannot read with this model
└── ExtraMissing       the work needs packages that were not installed

Every error is meant for people: it carries `exit_code`, and `str(error)` is one sentence (what, where, what to do).
"""

from __future__ import annotations

from pathlib import Path


class TaggingError(Exception):
    """Root of the tagging errors."""

    exit_code = 1


class ModelMissing(TaggingError):
    """There is no model folder at the given place."""

    def __init__(self, place: Path, made_by: str = "`reumi train` or `reumi model import`") -> None:
        super().__init__(f"no model at {place}: give the folder that {made_by} wrote")
        self.place = place


class ModelRefused(TaggingError):
    """A model folder that must not be used; nothing of it was run."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"the model {place} is refused: {reason}")
        self.place = place
        self.reason = reason


class CorpusRefused(TaggingError):
    """A file or folder that holds no labelled sentences."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"{place} cannot be read as labelled sentences: {reason}")
        self.place = place


class TrainingRefused(TaggingError):
    """A training set or base model that cannot be trained on."""


class ClusterLost(TaggingError):
    """The cluster cannot be reached, or its workers cannot read with this model."""


class ExtraMissing(TaggingError):
    """Packages of an extra are needed and absent."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: pip install 'reumi[{extra}]'")
