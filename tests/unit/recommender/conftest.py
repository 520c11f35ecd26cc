"""Songs and a small classifier for the recommender's tests: real index files in a temporary folder, no database."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from recommender.build import build
from recommender.index import Index
from recommender.service import Recommender
from tagging.emotions import LABELS

WORDS = [
    "봄비",
    "골목",
    "버스",
    "편지",
    "엄마",
    "바다",
    "새벽",
    "웃음",
    "눈물",
    "창문",
    "의자",
    "우산",
    "그림자",
    "노래",
    "여름",
    "첫눈",
    "약속",
    "거울",
    "시계",
    "김치",
    "라면",
    "운동장",
    "병원",
    "사진",
]


@dataclass(frozen=True)
class MadeSong:
    song_id: str
    title: str
    artist: str
    lyrics: str
    main_emotion: str
    probabilities: tuple[float, ...]
    counts: tuple[int, ...]
    likes: int | None = None
    genre: str | None = "발라드"
    album: str | None = None
    image_url: str | None = None
    released: date | None = None


class KeywordClassifier:
    """A lawful classifier whose answers a test can choose: the label named in a line gets most of the mass."""

    fingerprint = "keyword-1"

    def predict_proba(self, lines: Sequence[str]) -> np.ndarray:
        rows = np.full((len(lines), 7), 0.02, dtype=np.float32)
        for row, line in zip(rows, lines, strict=True):
            for label in LABELS:
                row[LABELS.index(label)] += line.count(label) * 1.0
            if row.max() < 1:
                row[LABELS.index("중립")] += 0.5
            row /= row.sum()
        return rows


class WordEncoder:
    """A lawful sentence encoder: how often each of the made songs' words occurs. `read` tells which lyrics it was given."""

    fingerprint = "words-1-of-a-test"

    def __init__(self) -> None:
        self.read: list[str] = []

    def of_diary(self, text: str) -> np.ndarray:
        found = np.array([text.count(word) for word in WORDS], dtype=np.float32)
        return found / max(float(np.linalg.norm(found)), 1e-9)

    def of_lyrics(self, lyrics: Sequence[str]) -> np.ndarray:
        self.read += lyrics
        return np.stack([self.of_diary(text) for text in lyrics])


def made_song(number: int, seed: int = 0, **changes: object) -> MadeSong:
    """Song `number` of an endless, reproducible supply."""
    rng = random.Random(f"{seed}/{number}")
    raw = np.array([rng.random() ** 3 + 0.01 for _ in LABELS])
    probabilities = tuple(float(value) for value in raw / raw.sum())
    lyrics = "\n".join(" ".join(f"{rng.choice(WORDS)}{rng.choice(['가', '을', '에', '도', ''])}" for _ in range(5)) for _ in range(8))
    values: dict[str, object] = {
        "song_id": str(10_000_000 + number),
        "title": f"노래 {number}",
        "artist": f"가수 {rng.randrange(400)}",
        "lyrics": lyrics,
        "main_emotion": LABELS[int(np.argmax(probabilities))],
        "probabilities": probabilities,
        "counts": tuple(rng.randrange(5) for _ in LABELS),
        "likes": rng.choice([None, 0, rng.randrange(1_000_000)]),
        "genre": rng.choice(["발라드", "댄스", "인디", None]),
        "released": date(rng.randrange(1996, 2027), 1, 1),
    }
    return MadeSong(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def classifier() -> KeywordClassifier:
    return KeywordClassifier()


@pytest.fixture
def word_encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def songs() -> list[MadeSong]:
    return [made_song(number) for number in range(150)]


@pytest.fixture
def index_folder(tmp_path: Path, songs: list[MadeSong]) -> Path:
    build(tmp_path / "index", songs, "v1", datetime(2026, 11, 1, tzinfo=UTC))
    return tmp_path / "index"


@pytest.fixture
def open_recommender(classifier: KeywordClassifier) -> Callable[[Path], Recommender]:
    def opened(folder: Path) -> Recommender:
        index = Index.open(folder)
        assert index is not None
        return Recommender(index, classifier)

    return opened


@pytest.fixture
def make_song() -> Callable[..., MadeSong]:
    return made_song
