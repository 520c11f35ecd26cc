"""What the recommender is measured against: each ranks the songs for a diary, best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recommender.rows import IndexableSong
from recommender.service import Recommender
from tagging.classifier import Classifier
from tagging.diary import read_diary


@dataclass(frozen=True, slots=True)
class Ranking:
    """Song ids, best first. `is_matched` is False when the wording of the diary played no part: no song shares any of it."""

    song_ids: list[str]
    is_matched: bool = True


class Ranker(Protocol):
    """A way to answer a diary with songs."""

    name: str

    def rank(self, text: str, k: int, draw: int) -> Ranking:
        """The first `k` songs. `draw` numbers the repetitions of a way that depends on chance."""


class RecommenderRanker:
    """The recommender itself, with its blend or with the original's ranking."""

    def __init__(self, name: str, recommender: Recommender, scorer: str) -> None:
        self.name = name
        self._recommender = recommender
        self._scorer = scorer
        self._part = "lexical" if scorer == "blend" else "tfidf"

    def rank(self, text: str, k: int, draw: int) -> Ranking:  # noqa: ARG002 (one of the rankers needs it)
        """Its answer; matched when a song of the answer shares wording."""
        songs = self._recommender.recommend(text, k, scorer=self._scorer).songs
        return Ranking([song.song_id for song in songs], any(song.parts.get(self._part, 0.0) > 0 for song in songs))


class PopularityRanker:
    """The most liked songs, the same for every diary."""

    name = "popularity only"

    def __init__(self, songs: Sequence[IndexableSong]) -> None:
        self._song_ids = [song.song_id for song in sorted(songs, key=lambda song: (-(song.likes or 0), song.song_id))]

    def rank(self, text: str, k: int, draw: int) -> Ranking:  # noqa: ARG002 (the same for every diary)
        """The `k` most liked."""
        return Ranking(self._song_ids[:k])


class RandomInEmotionRanker:
    """Any songs of the diary's feeling, in random order; then of the others."""

    name = "random in emotion"

    def __init__(self, songs: Sequence[IndexableSong], classifier: Classifier) -> None:
        self._songs = songs
        self._classifier = classifier

    def rank(self, text: str, k: int, draw: int) -> Ranking:
        """A shuffle that depends on the diary and the draw alone."""
        emotion = read_diary(text, self._classifier).emotion.value
        order = np.random.default_rng([draw, *text.encode()]).permutation(len(self._songs))
        shuffled = sorted((self._songs[place] for place in order), key=lambda song: song.main_emotion != emotion)
        return Ranking([song.song_id for song in shuffled[:k]])


def all_rankers(songs: Sequence[IndexableSong], classifier: Classifier, recommender: Recommender) -> list[Ranker]:
    """The recommender first, then what it is measured against."""
    makers: list[Callable[[], Ranker]] = [
        lambda: RecommenderRanker("reumi", recommender, "blend"),
        lambda: RecommenderRanker("the original's way", recommender, "original"),
        lambda: RandomInEmotionRanker(songs, classifier),
        lambda: PopularityRanker(songs),
    ]
    return [make() for make in makers]
