"""The lyric line that comes nearest to the diary, worth quoting only when they share what carries meaning.

Korean words carry their meaning at the front and grammar at the end (버스에서, 버스를). So lines are compared by the fronts of their
words, each weighed by how telling it is; lines that share endings alone have nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.background import telling
from recommender.ngrams import normalise, terms_of

# A quote needs a shared front at least this telling, and this much of both lines in common.
_TELLING, _NEAR = 1.0, 0.15
# Lyrics address someone in every other line, and diaries are full of oneself: to share that is no reason.
_ADDRESS = frozenset(f"{who}{particle}" for who in "너나" for particle in "를의는와에도만랑") | {"그대", "당신", "우리", "네가", "니가"}
# How many of something there were is no likeness either.
_NUMBERS = frozenset(f"{tens}십" for tens in "이삼사오육칠팔구") | {
    *("하나", "다섯", "여섯", "일곱", "여덟", "아홉"),
    *("스물", "서른", "마흔", "예순", "일흔", "여든", "아흔"),
}
_SHORTEST_QUOTE = 5
_MOST_SENTENCES = 40
_WORD = re.compile(r"[^\W_]{2,}")
# 안 좋다 and 좋다 share their word and say the opposite.
_DENIED = re.compile(r"(?:^|\s)(?:안|못)\s|않|없|아니|말고|못[하해했]")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The lyric line nearest to a sentence of the diary, how near (a cosine in [0, 1]), and how many words they share."""

    line: str
    sentence: str
    nearness: float
    shared: int = 2


def nearest_line(sentences: Sequence[str], lyrics: str) -> Nearest | None:
    """The line that shares most with one of the sentences, None when none shares more than chance."""
    lines = [line for line in dict.fromkeys(line.strip() for line in lyrics.splitlines()) if len(line) >= _SHORTEST_QUOTE]
    asked = list(sentences[:_MOST_SENTENCES])
    fronts = [_fronts(text) for text in (*lines, *asked)]
    weights = _weights(set().union(*fronts))
    lengths = [float(np.sqrt(sum(weights[front] ** 2 for front in own))) or 1.0 for own in fronts]
    best: Nearest | None = None
    for place, line in enumerate(lines):
        for number, sentence in enumerate(asked, start=len(lines)):
            shared = [weights[front] for front in fronts[place] & fronts[number]]
            if not shared or max(shared) < _TELLING:
                continue
            if len(shared) == 1 and bool(_DENIED.search(line)) != bool(_DENIED.search(sentence)):
                continue
            nearness = sum(weight**2 for weight in shared) / (lengths[place] * lengths[number])
            if nearness >= _NEAR and (best is None or nearness > best.nearness):
                best = Nearest(line, sentence, min(nearness, 1.0), len(shared))
    return best


def _fronts(text: str) -> set[str]:
    return {word[:2] for word in _WORD.findall(normalise(text))} - _ADDRESS - _NUMBERS


def _weights(fronts: set[str]) -> dict[str, float]:
    """How telling each front is; one without a term tells nothing."""
    ordered = sorted(fronts)
    terms, owners = terms_of(ordered)
    weights = np.zeros(len(ordered), dtype=np.float32)
    weights[owners] = telling(terms)
    return dict(zip(ordered, weights.tolist(), strict=True))
