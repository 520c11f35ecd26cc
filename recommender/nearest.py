"""The lyric line that comes nearest to the diary, worth quoting only when they share what carries meaning.

Korean words carry their meaning at the front and grammar at the end (버스에서, 버스를). So lines are compared by the fronts of their
words, each weighed by how telling it is; lines that share endings alone have nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from recommender.background import telling
from recommender.ngrams import counted_terms, normalise

# A quote needs a shared front at least this telling, and this much of both lines in common.
_TELLING, _NEAR = 1.0, 0.15
# Lyrics address someone in every other line, and diaries are full of oneself: to share that is no reason.
_ADDRESS = frozenset(f"{who}{particle}" for who in "너나" for particle in "를의는와에도만랑") | {"그대", "당신", "우리", "네가", "니가"}
_SHORTEST_QUOTE = 5
_MOST_SENTENCES = 40
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The lyric line nearest to a sentence of the diary, and how near: a cosine in [0, 1]."""

    line: str
    sentence: str
    nearness: float


def nearest_line(sentences: Sequence[str], lyrics: str) -> Nearest | None:
    """The line that shares most with one of the sentences, None when none shares more than chance."""
    asked = [(sentence, _fronts(sentence)) for sentence in sentences[:_MOST_SENTENCES]]
    best: Nearest | None = None
    for line in dict.fromkeys(line.strip() for line in lyrics.splitlines()):
        if len(line) < _SHORTEST_QUOTE:
            continue
        own = _fronts(line)
        for sentence, wanted in asked:
            shared = own.keys() & wanted.keys()
            if not shared or max(own[front] for front in shared) < _TELLING:
                continue
            nearness = sum(own[front] ** 2 for front in shared) / (_length(own) * _length(wanted))
            if nearness >= _NEAR and (best is None or nearness > best.nearness):
                best = Nearest(line, sentence, min(nearness, 1.0))
    return best


def _fronts(text: str) -> dict[str, float]:
    return {word[:2]: weight for word in _WORD.findall(normalise(text)) if word[:2] not in _ADDRESS and (weight := _weight(word[:2])) > 0}


@lru_cache(maxsize=1 << 14)
def _weight(front: str) -> float:
    terms, _ = counted_terms(front)
    return float(telling(terms)[0]) if terms.size else 0.0


def _length(fronts: dict[str, float]) -> float:
    return float(np.sqrt(sum(weight**2 for weight in fronts.values()))) or 1.0
