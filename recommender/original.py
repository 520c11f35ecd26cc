"""The original project's ranking: TF-IDF of whole words inside one emotion, cosine similarity with the diary.

The original refits scikit-learn's vectoriser on every query. Here it is fitted once for an index and its matrix kept as postings. Sums run
in scikit-learn's order of terms (alphabetical for the diary's length, first seen for the product), so scores, and with them ids and
order, equal its own to the last bit. Equal scores stand in descending order of position, as a stable ascending sort read backwards
gives them.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.blend import Candidate, allowed_rows
from recommender.errors import IndexDamaged
from recommender.index import Index
from recommender.original_fit import ARRAYS, build
from recommender.query import Query
from recommender.words import word_keys, words_of
from tagging.tensors import open_array

Scores = NDArray[np.float64]


class OriginalRanking:
    """The original's ranking over an open index; its own files are built when first needed, and opened once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        stamp = blake2b(json.dumps([str(entry) for entry in index.manifest.segments]).encode(), digest_size=8).hexdigest()
        self._folder = index.folder / f"original-{stamp}"
        if not self._folder.exists():
            build(index, self._folder)
        self._opened: dict[int, _Postings] = {}

    def best(self, query: Query, emotion: int, limit: int) -> list[Candidate]:
        """The `limit` best songs of one emotion that pass the wish's filters, best first."""
        postings = self._postings(emotion)
        scores = postings.similarities(query.text)
        keep = self._allowed(query, emotion, postings)
        places = best_places(scores if keep is None else scores[keep], limit)
        return [self._candidate(postings, int(place), float(scores[place])) for place in (places if keep is None else keep[places])]

    def _postings(self, emotion: int) -> _Postings:
        if emotion not in self._opened:
            self._opened[emotion] = _Postings(self._folder, emotion)
        return self._opened[emotion]

    def _allowed(self, query: Query, emotion: int, postings: _Postings) -> NDArray[np.int64] | None:
        """Positions that pass the filters; None when all do: the rows that are dead were left out when the files were built."""
        if not query.wish.filters:
            return None
        keep = np.zeros(postings.rows.size, dtype=np.bool_)
        for number, live in enumerate(self._index.segments):
            allowed = allowed_rows(query.wish, live, emotion)
            of_segment = postings.segments == number
            if allowed is not None:
                of_segment &= np.isin(postings.rows, int(live.segment.emotion_starts[emotion]) + allowed)
            keep |= of_segment
        return np.flatnonzero(keep)

    def _candidate(self, postings: _Postings, place: int, score: float) -> Candidate:
        segment, row = self._index.segments[int(postings.segments[place])].segment, int(postings.rows[place])
        return Candidate(segment, row, score, {"tfidf": score}, segment.record(row))


def best_places(scores: Scores, limit: int) -> NDArray[np.int64]:
    """Positions of the `limit` largest, largest first, equal ones in descending order of position."""
    if scores.size > limit:
        threshold = np.partition(scores, scores.size - limit)[scores.size - limit]
        above = np.flatnonzero(scores > threshold)
        level = np.flatnonzero(scores == threshold)[above.size - limit :]
        kept = np.sort(np.concatenate((above, level)))
    else:
        kept = np.arange(scores.size)
    return kept[np.argsort(scores[kept], kind="stable")[::-1]]


class _Postings:
    """One emotion's fitted matrix, column by column, memory-mapped."""

    def __init__(self, folder: Path, emotion: int) -> None:
        try:
            arrays = {name: open_array(folder / f"{emotion}-{name}.npy") for name in ARRAYS}
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamaged(f"{folder} cannot be read ({error}); rebuild it with `reumi index --rebuild`") from error
        self.segments, self.rows = arrays["segments"], arrays["rows"]
        self._keys, self._starts, self._docs = arrays["keys"], arrays["starts"], arrays["docs"]
        self._weights, self._idf, self._seen = arrays["weights"], arrays["idf"], arrays["seen"]

    def similarities(self, text: str) -> Scores:
        """Cosine of the text with every song of the emotion: float64 (songs,)."""
        counted = Counter(words_of(text))
        words = sorted(counted)
        keys = word_keys(words)
        places = np.minimum(np.searchsorted(self._keys, keys), max(self._keys.size - 1, 0))
        known = self._keys[places] == keys if self._keys.size else np.zeros(keys.shape, dtype=np.bool_)
        if not known.any():
            return np.zeros(self.rows.size)
        counts = np.array([counted[word] for word in words], dtype=np.float64)[known]
        places = places[known]
        weights = counts * self._idf[places]
        # A running sum rounds as scikit-learn's loop does; numpy's own sum adds in pairs.
        weights /= np.sqrt(np.cumsum(weights**2)[-1])
        order = np.argsort(self._seen[places])
        runs = list(
            zip(self._starts[places[order]].tolist(), self._starts[places[order] + 1].tolist(), weights[order].tolist(), strict=True)
        )
        docs = np.concatenate([self._docs[start:end] for start, end, _ in runs])
        shares = np.concatenate([self._weights[start:end] * weight for start, end, weight in runs])
        # Adds each song's shares one after the other, in the order of terms.
        return np.asarray(np.bincount(docs, weights=shares, minlength=self.rows.size), dtype=np.float64)
