"""The half-lyric proxy: half of a lyric must find its other half among all songs. It needs no judge, and wording alone decides."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from recommender.blend import Weights
from recommender.build import build
from recommender.index import Index
from recommender.query import Wish
from recommender.rows import IndexableSong
from recommender.service import Recommender
from tagging.emotions import LABELS, N_LABELS, Emotion


@dataclass(frozen=True, slots=True)
class HalfSong:
    """The second half of a song's lyrics as a song; all songs stand in one emotion."""

    song_id: str
    lyrics: str
    title: str = ""
    artist: str = ""
    album: str | None = None
    genre: str | None = None
    image_url: str | None = None
    likes: int | None = None
    released: None = None
    main_emotion: str = Emotion.NEUTRAL.value
    counts: tuple[int, ...] = (0,) * N_LABELS
    probabilities: tuple[float, ...] = (1 / N_LABELS,) * N_LABELS


class _Flat:
    """Reads nothing in any line."""

    fingerprint = "flat"

    def predict_proba(self, lines: Sequence[str]) -> np.ndarray:
        """Equal shares."""
        rows = np.full((len(lines), N_LABELS), 0.1, dtype=np.float32)
        rows[:, LABELS.index(Emotion.NEUTRAL.value)] = 0.4
        return rows


def half_lyric_recall(songs: Sequence[IndexableSong], k: int = 10) -> dict[str, float]:
    """Share of songs whose second half is among the first `k` for their first half, by wording alone: way to recall.

    Lines of the first half that the second repeats are left out of the question; songs of fewer than six lines take no part.
    """
    halves = [(song, *_halves(song.lyrics or "")) for song in songs]
    asked = [(song, first, second) for song, first, second in halves if first and second]
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), [HalfSong(song.song_id, second) for song, _, second in asked], "halves", datetime.now(UTC))
        index = Index.open(Path(folder))
        if index is None or not asked:
            return {}
        weights = Weights(emotion=0, lexical=1, theme=0, popularity=0, freshness=0, variety=0)
        recommender = Recommender(index, _Flat(), weights)
        return {name: _recall(recommender, asked, scorer, k) for name, scorer in (("reumi", "blend"), ("the original's way", "original"))}


def _recall(recommender: Recommender, asked: Sequence[tuple[IndexableSong, str, str]], scorer: str, k: int) -> float:
    wish = Wish(emotion=Emotion.NEUTRAL)
    found = 0
    for song, first, _ in asked:
        answers = recommender.recommend(first, k, wish, scorer=scorer).songs
        found += song.song_id in {answer.song_id for answer in answers}
    return found / len(asked)


def _halves(lyrics: str) -> tuple[str, str]:
    lines = [line.strip() for line in lyrics.splitlines() if line.strip()]
    if len(lines) < 6:
        return "", ""
    second = lines[len(lines) // 2 :]
    first = [line for line in lines[: len(lines) // 2] if line not in second]
    return "\n".join(first), "\n".join(second)
