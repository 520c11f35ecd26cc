"""Reasons in plain Korean: the lyric line nearest to the diary, the shared feeling, the likes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.background import telling
from recommender.blend import Candidate
from recommender.ngrams import counted_terms, terms_of
from recommender.query import Mode, Query
from tagging.emotions import Emotion

# Below this share of a line's weight the overlap is chance (a common ending), and quoting it would be no reason.
_NEAR = 0.12
_SHORTEST_QUOTE = 5


@dataclass(frozen=True, slots=True)
class Nearest:
    """The lyric line nearest to a sentence of the diary, and how near: a cosine in [0, 1]."""

    line: str
    sentence: str
    nearness: float


def reasons(query: Query, candidate: Candidate) -> list[str]:
    """Sentences in Korean, the most personal first; never empty."""
    record = candidate.record
    found = [_feeling(query, candidate)]
    nearest = nearest_line(query, candidate.segment.lyrics(candidate.row))
    if nearest is not None:
        found.insert(0, f"“{nearest.line}” — 일기의 “{_shorten(nearest.sentence)}”와 가장 가까운 노랫말이에요.")
    if record.likes:
        found.append(f"{record.likes:,}명이 좋아한 노래예요.")
    return found


def nearest_line(query: Query, lyrics: str) -> Nearest | None:
    """The line that shares most with one sentence of the diary, None when none shares more than chance."""
    lines = list(dict.fromkeys(line.strip() for line in lyrics.splitlines() if len(line.strip()) >= _SHORTEST_QUOTE))
    sentences = [sentence.text for sentence in query.reading.sentences] or [query.text]
    if not lines:
        return None
    terms, owners = terms_of(lines)
    weights = telling(terms)
    norms = np.sqrt(np.bincount(owners, weights=weights**2, minlength=len(lines))) + 1e-6
    best: Nearest | None = None
    for sentence in sentences[:40]:
        scores = _cosines(sentence, terms, owners, weights, norms)
        place = int(np.argmax(scores))
        if best is None or scores[place] > best.nearness:
            best = Nearest(lines[place], sentence, float(scores[place]))
    return best if best is not None and best.nearness >= _NEAR else None


def _cosines(
    sentence: str, terms: NDArray[np.uint32], owners: NDArray[np.int32], weights: NDArray[np.float32], norms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cosine of one sentence with every line, on the n-grams that tell something: float64 (lines,)."""
    own, _ = counted_terms(sentence)
    length = float(np.sqrt((telling(own) ** 2).sum())) + 1e-6
    shared = np.where(np.isin(terms, own), weights**2, 0.0)
    return np.bincount(owners, weights=shared, minlength=norms.size) / norms / length


def _feeling(query: Query, candidate: Candidate) -> str:
    record = candidate.record
    emotion = Emotion(record.emotion)
    lines, total = record.counts[emotion.class_id], sum(record.counts)
    share = f"노랫말 {total}줄 가운데 {lines}줄이 {_object(emotion)} 말해요" if total else f"{emotion.value}의 노래예요"
    if query.wish.mode is Mode.LIFT:
        return f"기분을 바꿔 줄 노래예요: {share}."
    if emotion is query.emotion:
        return f"오늘의 마음과 같은 {emotion.value}의 노래예요: {share}."
    return f"{query.emotion.value}의 노래가 더 없어 가까운 마음의 노래를 골랐어요: {share}."


def _object(emotion: Emotion) -> str:
    """The emotion's name with the object particle that its last syllable asks for: 슬픔을, 분노를."""
    ends_in_consonant = (ord(emotion.value[-1]) - ord("가")) % 28 > 0
    return f"{emotion.value}{'을' if ends_in_consonant else '를'}"


def _shorten(text: str, limit: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
