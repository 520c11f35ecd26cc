"""The recommender: a diary in, songs with reasons out."""

from __future__ import annotations

from pathlib import Path

from recommender.blend import WITH_ENCODER, Blend, Candidate, Weights
from recommender.diversity import choose
from recommender.embedding import Encoder
from recommender.errors import BadQuery, NoSongs
from recommender.explain import reasons
from recommender.index import Index, Manifest
from recommender.original import OriginalRanking
from recommender.query import Query, Wish, read_query
from recommender.refresh import index_folder, refresh
from recommender.results import Recommendation, RecommendedSong
from tagging.classifier import Classifier
from tagging.emotions import LABELS, Emotion

MOST_SONGS = 100
SCORERS = ("blend", "original")
# Candidates looked at beyond k, so that one song an artist and variety have something to choose from.
_SPARE = 24


class Recommender:
    """Answers diaries from an index that it keeps fresh.

    >>> Recommender.open("reumi.db").recommend("오늘은 괜히 눈물이 났다", k=3)  # doctest: +SKIP
    """

    def __init__(self, index: Index, classifier: Classifier, weights: Weights | None = None, encoder: Encoder | None = None) -> None:
        self._index = index
        self._classifier = classifier
        self._weights = weights or (Weights() if encoder is None else WITH_ENCODER)
        self._encoder = encoder
        self._original: OriginalRanking | None = None

    @classmethod
    def open(
        cls,
        database: str | Path = "reumi.db",
        *,
        index_dir: str | Path | None = None,
        classifier: Classifier | None = None,
        weights: Weights | None = None,
        encoder: Encoder | None = None,
    ) -> Recommender:
        """Open the data set of an SQLite file or database URL, building or refreshing its index first where that is due.

        Without a classifier the one that ships with ReUmi reads the diaries. With a sentence encoder (`tagging.sentence_encoder`) songs are
        also compared by its vectors, read once a lyric. Where nothing is tagged yet, the recommender is empty (`len` 0), and `recommend`
        raises NoSongs. Raises IndexDamaged, IndexUnwritable, a storage error, or ModelMissing or ModelRefused.
        """
        if classifier is None:
            from tagging.default import load_default

            classifier = load_default()
        folder = index_folder(str(database), index_dir, encoder.fingerprint if encoder else "")
        return cls(refresh(folder, str(database), encoder=encoder), classifier, weights, encoder)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def manifest(self) -> Manifest:
        """What its index is made of: two recommenders of one data set with equal manifests answer alike."""
        return self._index.manifest

    def recommend(self, text: str, k: int = 3, wish: Wish | None = None, *, scorer: str = "blend") -> Recommendation:
        """The `k` songs (1 to 100) that fit a diary entry best, fewer only when fewer pass the filters.

        `scorer="original"` ranks as the original project did (`recommender.original`). Raises EmptyDiary, BadQuery for a number, wish or
        scorer that cannot be, or NoSongs when no song passes the filters.
        """
        if not 1 <= k <= MOST_SONGS:
            raise BadQuery(f"the number of songs must be 1 to {MOST_SONGS}, not {k}")
        if scorer not in SCORERS:
            raise BadQuery(f"there is no scorer {scorer!r}; known: {', '.join(SCORERS)}")
        wish = wish or Wish()
        query = read_query(text, self._classifier, wish, self._encoder)
        chosen = self._choose(query, k) if scorer == "blend" else self._choose_as_original(query, k)
        if not chosen:
            raise NoSongs(_why_none(len(self)))
        return Recommendation(
            emotion=query.reading.emotion.value,
            probabilities={label: float(query.reading.probabilities[place]) for place, label in enumerate(LABELS)},
            songs=[_answer(query, candidate, place) for place, candidate in enumerate(chosen)],
        )

    def _choose(self, query: Query, k: int) -> list[Candidate]:
        """Songs of the diary's feelings first; other feelings, nearest first, only fill what is lacking."""
        blend = Blend(self._weights)
        chosen: list[Candidate] = []
        groups = [query.partitions[: query.near], *((emotion,) for emotion in query.partitions[query.near :])]
        for emotions in groups:
            missing = k - len(chosen)
            if missing <= 0:
                break
            chosen += choose(blend.best(query, self._index.segments, emotions, missing + _SPARE), missing)
        return chosen

    def _choose_as_original(self, query: Query, k: int) -> list[Candidate]:
        """The k best of the diary's emotion; other emotions only fill up, where the original would fail."""
        if self._original is None:
            self._original = OriginalRanking(self._index)
        ranking = self._original
        chosen: list[Candidate] = []
        for emotion in query.partitions:
            if len(chosen) < k:
                chosen += ranking.best(query, emotion, k - len(chosen))
        return chosen


def _answer(query: Query, candidate: Candidate, place: int) -> RecommendedSong:
    record = candidate.record
    return RecommendedSong(
        song_id=record.song_id,
        title=record.title,
        artist=record.artist,
        album=record.album,
        genre=record.genre,
        image_url=record.image_url,
        likes=record.likes,
        emotion=Emotion(record.emotion).value,
        score=candidate.score,
        parts=candidate.parts,
        reasons=reasons(query, candidate, place),
    )


def _why_none(songs: int) -> str:
    if songs == 0:
        return "the data set holds no tagged song yet; run `reumi crawl`, then `reumi tag`"
    return f"none of the {songs:,} tagged songs passes the filters; widen genre, era, likes or exclusions"
