"""The recommender's errors.

RecommenderError
├── EmptyDiary       nothing to read: write a sentence
├── NoSongs          the data set holds no tagged song (or none that passes the filters): say what to run
├── IndexDamaged     a file of the index is missing, short or of another format: rebuild it
├── IndexUnwritable  the index's folder cannot be written: free it or choose another
├── JudgementsInvalid  a file of judged diaries that cannot be read: correct the line that is named
└── BadQuery         a genre, emotion, mode or number that cannot be: correct the request

Every error meant for people carries `exit_code`; `str(error)` is one sentence (what, where, what to do).
"""

from __future__ import annotations


class RecommenderError(Exception):
    """Root of the recommender's errors."""

    exit_code = 1


class EmptyDiary(RecommenderError):
    """The diary entry holds no text."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("the diary entry is empty; write at least one sentence about today")


class NoSongs(RecommenderError):
    """There is nothing to recommend from."""


class IndexDamaged(RecommenderError):
    """The index on disk cannot be read."""


class IndexUnwritable(RecommenderError):
    """The folder of the index is read-only, no folder, or full."""


class JudgementsInvalid(RecommenderError):
    """A file of judged diaries does not hold what `recommender.judged` describes."""


class BadQuery(RecommenderError):
    """A request that no data set could answer."""

    exit_code = 2
