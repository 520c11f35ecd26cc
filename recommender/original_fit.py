"""Fits the original's TF-IDF once for an index and writes it as postings."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.index import Index, LiveSegment
from recommender.words import word_keys, words_of
from tagging.emotions import N_LABELS

# `docs` are of the platform's index type: any other would be converted at every sum.
ARRAYS = ("keys", "starts", "docs", "weights", "idf", "seen", "segments", "rows")

_NOTHING: dict[str, NDArray[Any]] = {
    "keys": np.zeros(0, dtype=np.uint64),
    "starts": np.zeros(1, dtype=np.int64),
    "docs": np.zeros(0, dtype=np.intp),
    "weights": np.zeros(0, dtype=np.float64),
    "idf": np.zeros(0, dtype=np.float64),
    "seen": np.zeros(0, dtype=np.int64),
}


def build(index: Index, folder: Path) -> None:
    """Fit every emotion's songs with scikit-learn and write the postings; published by one rename."""
    draft = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    draft.mkdir()
    for emotion in range(N_LABELS):
        for name, array in _fit(index.segments, emotion).items():
            np.save(draft / f"{emotion}-{name}.npy", array, allow_pickle=False)
    for old in index.folder.glob("original-*"):
        if old.name != draft.name and not old.name.startswith(folder.name):
            shutil.rmtree(old, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:
        # Another process has built the same files in the meantime.
        shutil.rmtree(draft, ignore_errors=True)


def _fit(segments: list[LiveSegment], emotion: int) -> dict[str, NDArray[Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    numbers, rows = _live_rows(segments, emotion)
    lyrics = [segments[number].segment.lyrics(row) for number, row in zip(numbers, rows, strict=True)]
    found: dict[str, NDArray[Any]] = {"segments": np.array(numbers, dtype=np.int16), "rows": np.array(rows, dtype=np.int32)}
    vectoriser = TfidfVectorizer(analyzer=words_of)
    if not any(words_of(text) for text in lyrics):
        return _NOTHING | found
    matrix = vectoriser.fit_transform(lyrics).tocsc()
    names = vectoriser.get_feature_names_out()
    keys = word_keys(names)
    first_seen = {word: place for place, word in enumerate(dict.fromkeys(word for text in lyrics for word in words_of(text)))}
    seen = np.fromiter((first_seen[word] for word in names), dtype=np.int64, count=len(names))
    order = np.argsort(keys)
    lengths = np.diff(matrix.indptr)[order]
    taken = np.concatenate([np.arange(matrix.indptr[term], matrix.indptr[term + 1]) for term in order])
    return found | {
        "keys": keys[order],
        "idf": vectoriser.idf_[order],
        "seen": seen[order],
        "starts": np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        "docs": matrix.indices[taken].astype(np.intp),
        "weights": matrix.data[taken],
    }


def _live_rows(segments: list[LiveSegment], emotion: int) -> tuple[list[int], list[int]]:
    """Segment number and row of every live song of one emotion, in order of song id."""
    found: list[tuple[str, int, int]] = []
    for number, live in enumerate(segments):
        for row in range(int(live.segment.emotion_starts[emotion]), int(live.segment.emotion_starts[emotion + 1])):
            if live.dead is None or not live.dead[row]:
                found.append((live.segment.record(row).song_id, number, row))
    found.sort()
    return [number for _, number, _ in found], [row for _, _, row in found]
