"""A song's reading from its lines' readings: counts, means, and the one main emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagging.classifier import Probabilities
from tagging.emotions import LABELS, N_LABELS, Emotion
from tagging.lyrics import LyricLine

# 중립 names the song only where its mean probability reaches this share; measured on the demo songs, see docs/emotions.md.
NEUTRAL_SHARE = 0.72

_NEUTRAL = Emotion.NEUTRAL.class_id


@dataclass(frozen=True, slots=True)
class SongReading:
    """What a model read in one song.

    `counts`: sung lines per emotion, repeats included; `probabilities`: float32 (7,), the mean over those lines, sums to 1, zeros for a
    song without lines; `main_emotion` is None for a song without lines.
    """

    n_lines: int
    counts: tuple[int, ...]
    probabilities: Probabilities
    main_emotion: str | None


def read_song(lines: Sequence[LyricLine], probabilities: Probabilities) -> SongReading:
    """Sum up a song whose different lines have the given probabilities, float32 (n, 7)."""
    if not lines:
        return SongReading(0, (0,) * N_LABELS, np.zeros(N_LABELS, dtype=np.float32), None)
    times = np.array([line.times for line in lines], dtype=np.int64)
    counts = np.bincount(probabilities.argmax(axis=1), weights=times, minlength=N_LABELS).astype(int)
    mean = (probabilities.astype(np.float64) * times[:, None]).sum(axis=0) / times.sum()
    return SongReading(int(times.sum()), tuple(counts.tolist()), mean.astype(np.float32), main_emotion(mean))


def main_emotion(mean: NDArray[np.floating]) -> str:
    """The feeling that a song's mean probabilities (7,) name: the strongest of the six, unless the song is flat through and through.

    Scene-setting lines are 중립 in every song; counted like the others they would name most songs, so 중립 gives way up to
    `NEUTRAL_SHARE`.
    """
    if mean[_NEUTRAL] >= NEUTRAL_SHARE:
        return Emotion.NEUTRAL.value
    feelings = mean.copy()
    feelings[_NEUTRAL] = 0.0
    return LABELS[int(feelings.argmax())]
