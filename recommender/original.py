"""The original project's ranking: TF-IDF of whole words inside one emotion, cosine similarity with the diary.

The original refits scikit-learn's vectoriser on every query. Here it is fitted once for an index and its matrix kept as postings. Sums run
in scikit-learn's order of terms (alphabetical for the diary's length, first seen for the product), so scores, and with them ids and
order, equal its own to the last bit. Equal scores stand in descending order of position, as a stable ascending sort read backwards
gives them.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.blend import Candidate, allowed_rows
from recommender.index import Index, LiveSegment
from recommender.query import Query
from recommender.words import word_key, words_of
from tagging.emotions import N_LABELS

_ARRAYS = ("keys", "starts", "docs", "weights", "idf", "seen", "segments", "rows")

_NOTHING: dict[str, NDArray[Any]] = {
    "keys": np.zeros(0, dtype=np.uint64),
    "starts": np.zeros(1, dtype=np.int64),
    "docs": np.zeros(0, dtype=np.int32),
    "weights": np.zeros(0, dtype=np.float64),
    "idf": np.zeros(0, dtype=np.float64),
    "seen": np.zeros(0, dtype=np.int64),
}


class OriginalRanking:
    """The original's ranking over an open index; its own files are built when first needed."""

    def __init__(self, index: Index) -> None:
        self._index = index
        stamp = blake2b(json.dumps([str(entry) for entry in index.manifest.segments]).encode(), digest_size=8).hexdigest()
        self._folder = index.folder / f"original-{stamp}"
        if not self._folder.exists():
            _build(index, self._folder)

    def best(self, query: Query, emotion: int, limit: int) -> list[Candidate]:
        """The `limit` best songs of one emotion that pass the wish's filters, best first."""
        arrays = {name: np.load(self._folder / f"{emotion}-{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
        if not arrays["rows"].size:
            return []
        scores = _similarities(query.text, arrays)
        keep = self._allowed(query, emotion, arrays)
        order = keep[np.argsort(scores[keep], kind="stable")[::-1][:limit]]
        return [self._candidate(int(arrays["segments"][place]), int(arrays["rows"][place]), float(scores[place])) for place in order]

    def _allowed(self, query: Query, emotion: int, arrays: dict[str, NDArray[np.int64]]) -> NDArray[np.int64]:
        keep = np.zeros(arrays["rows"].size, dtype=np.bool_)
        for number, live in enumerate(self._index.segments):
            start = int(live.segment.emotion_starts[emotion])
            allowed = start + allowed_rows(query.wish, live, emotion)
            keep |= (arrays["segments"] == number) & np.isin(arrays["rows"], allowed)
        return np.flatnonzero(keep)

    def _candidate(self, number: int, row: int, score: float) -> Candidate:
        segment = self._index.segments[number].segment
        return Candidate(segment, row, score, {"tfidf": score}, segment.record(row))


def _similarities(text: str, arrays: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Cosine of the text with every song of the emotion: float64 (songs,)."""
    counted = Counter(words_of(text))
    words = sorted(counted)
    keys = np.fromiter((word_key(word) for word in words), dtype=np.uint64, count=len(words))
    places = np.searchsorted(arrays["keys"], keys)
    places = np.minimum(places, max(arrays["keys"].size - 1, 0))
    known = arrays["keys"][places] == keys
    n_songs = arrays["rows"].size
    if not known.any():
        return np.zeros(n_songs)
    counts = np.array([counted[word] for word in words], dtype=np.float64)[known]
    places = places[known]
    weights = counts * arrays["idf"][places]
    # A running sum rounds as scikit-learn's loop does; numpy's own sum adds in pairs.
    weights /= np.sqrt(np.cumsum(weights**2)[-1])
    order = np.argsort(arrays["seen"][places])
    places, weights = places[order], weights[order]
    runs = [(int(arrays["starts"][place]), int(arrays["starts"][place + 1])) for place in places]
    docs = np.concatenate([arrays["docs"][start:end] for start, end in runs])
    shares = np.concatenate([arrays["weights"][start:end] * weight for (start, end), weight in zip(runs, weights, strict=True)])
    return np.bincount(docs, weights=shares, minlength=n_songs).astype(np.float64)


def _build(index: Index, folder: Path) -> None:
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
    keys = np.fromiter((word_key(word) for word in names), dtype=np.uint64, count=len(names))
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
        "docs": matrix.indices[taken].astype(np.int32),
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
