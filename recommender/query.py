"""A request, read once: the diary's feeling, its terms, and what the person wishes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recommender.background import telling
from recommender.embedding import Encoder
from recommender.errors import BadQuery, EmptyDiary
from recommender.ngrams import counted_terms
from recommender.profile import profiles_of
from recommender.segment import K1
from recommender.theme import theme_of_diary
from tagging.classifier import Classifier
from tagging.diary import DiaryReading, read_diary
from tagging.emotions import LABELS, Emotion

# A diary may be a whole book; beyond this many distinct terms the commonest add time and no meaning.
_MOST_TERMS = 400
# A feeling with this share of the strongest one's is the diary's too: people mix them, and so do songs and the model that reads both.
_NEAR_SHARE = 0.25


class Mode(StrEnum):
    """What the songs should do: share the mood (공감), or lift it (기분 전환)."""

    MATCH = "match"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for beside the diary itself.

    `emotion` overrides the diary's own; `genres` are display names; `years` is an inclusive span of release years; `exclude` holds
    song ids; `seed` draws a reproducible variety.
    """

    mode: Mode = Mode.MATCH
    emotion: Emotion | None = None
    genres: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None
    min_likes: int = 0
    exclude: Collection[str] = field(default=frozenset())
    seed: int | None = None

    @property
    def filters(self) -> bool:
        """Whether it leaves any song out."""
        return bool(self.genres or self.years is not None or self.min_likes > 0 or self.exclude)


@dataclass(frozen=True, slots=True)
class Query:
    """A diary ready for the scorers.

    `terms` uint32 (m,) and `term_weights` float32 (m,): the diary's n-grams and their counts. `best_lexical` is the score that a song
    holding every term without limit would reach. `target` float32 (7,) is the unit emotion profile to come near to.
    `theme` float32 (d,) is the diary's unit theme vector; `embedding` that of a sentence encoder, where there is one. `partitions` are
    the main emotions (class ids), best first; the songs of the first `near` of them compete with each other, those of the others only
    fill up.
    """

    text: str
    reading: DiaryReading
    wish: Wish
    emotion: Emotion
    terms: NDArray[np.uint32]
    term_weights: NDArray[np.float32]
    best_lexical: float
    target: NDArray[np.float32]
    theme: NDArray[np.float32]
    embedding: NDArray[np.float32] | None
    partitions: tuple[int, ...]
    near: int


def read_query(text: str, classifier: Classifier, wish: Wish, encoder: Encoder | None = None) -> Query:
    """Read a diary entry. Raises EmptyDiary when nothing but white space is there, BadQuery for an impossible wish."""
    if not text.strip():
        raise EmptyDiary
    if wish.years is not None and wish.years[0] > wish.years[1]:
        raise BadQuery(f"the years {wish.years[0]} to {wish.years[1]} run backwards; give the earlier one first")
    reading = read_diary(text, classifier)
    every_term, counts = counted_terms(text)
    terms, weights = _heaviest(every_term, counts)
    target, order, near = _aim(np.asarray(reading.probabilities, dtype=np.float32), wish)
    return Query(
        text=text,
        reading=reading,
        wish=wish,
        emotion=Emotion(LABELS[order[0]]),
        terms=terms,
        term_weights=weights,
        best_lexical=float((telling(terms) * weights).sum() * (K1 + 1)) if terms.size else 0.0,
        target=target,
        theme=theme_of_diary(every_term, counts),
        embedding=None if encoder is None else encoder.of_diary(text),
        partitions=tuple(order),
        near=near,
    )


def _heaviest(terms: NDArray[np.uint32], counts: NDArray[np.float32]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Dampen counts, and keep the terms that can add most to a score."""
    weights = np.sqrt(counts)
    if terms.size <= _MOST_TERMS:
        return terms, weights
    kept = np.sort(np.argsort(-(telling(terms) * weights), kind="stable")[:_MOST_TERMS])
    return terms[kept], weights[kept]


def _aim(probabilities: NDArray[np.float32], wish: Wish) -> tuple[NDArray[np.float32], list[int], int]:
    """The profile to come near to, the emotions in order, and how many of them are near. A feeling chosen by hand stands alone."""
    wanted = probabilities.copy()
    if wish.mode is Mode.LIFT:
        wanted = np.full_like(probabilities, 0.01)
        wanted[Emotion.HAPPINESS.class_id], wanted[Emotion.NEUTRAL.class_id] = 0.75, 0.25
    if wish.emotion is not None:
        wanted = 0.25 * probabilities
        wanted[wish.emotion.class_id] += 0.75
    order = [int(emotion) for emotion in np.argsort(-wanted, kind="stable")]
    alone = wish.emotion is not None or wish.mode is Mode.LIFT
    near = 1 if alone else int((wanted >= _NEAR_SHARE * wanted.max()).sum())
    return profiles_of(wanted)[0], order, near
