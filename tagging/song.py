"""A song's reading from its lines' readings: counts, means, and the one main emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagging.classifier import Probabilities
from tagging.emotions import LABELS, N_LABELS, Emotion
from tagging.lyrics import LyricLine

# Bump when a song's label changes though its model reads its lines alike: all songs are then labelled anew, from lines already read.
SONG_RULES = "song2"
# The whole lyric's share beside the lines'; chosen on the demo songs, see docs/emotions.md.
WHOLE_SHARE = 0.35
# Love and parting are what most songs are about, and the model learned from as many songs of every feeling: each of the two counts so much
# more than another (a known shift of the labels: Saerens et al., Neural Computation 14, 2002). Chosen on the demo songs, too.
PRIOR = np.array([1.6 if Emotion(label) in (Emotion.HAPPINESS, Emotion.SADNESS) else 1.0 for label in LABELS])

_FLOOR = 1e-4
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


def read_song(lines: Sequence[LyricLine], probabilities: Probabilities, whole: Probabilities) -> SongReading:
    """Sum up a song from its different lines' probabilities, float32 (n, 7), and those of its whole lyric, float32 (7,)."""
    if not lines:
        return SongReading(0, (0,) * N_LABELS, np.zeros(N_LABELS, dtype=np.float32), None)
    times = np.array([line.times for line in lines], dtype=np.int64)
    counts = np.bincount(probabilities.argmax(axis=1), weights=times, minlength=N_LABELS).astype(int)
    mean = (probabilities.astype(np.float64) * times[:, None]).sum(axis=0) / times.sum()
    return SongReading(int(times.sum()), tuple(counts.tolist()), mean.astype(np.float32), main_emotion(probabilities, times, whole))


def main_emotion(probabilities: Probabilities, times: NDArray[np.int64], whole: Probabilities) -> str:
    """The emotion that names a song, by its lines (n, 7) sung so many times (n,), and its whole lyric (7,).

    Scene-setting lines are 중립 in every song and would name most songs if they counted like the others: so a line counts by how much
    feeling there is in it, 1 - p(중립). Lines alone miss what a verse says together: so the whole lyric has a share of its own,
    both as exponents. What most songs are of counts more (`PRIOR`).
    """
    weights = times * (1.0 - probabilities[:, _NEUTRAL].astype(np.float64)) + 1e-9
    linewise = (weights @ probabilities) / weights.sum()
    mixed = (1 - WHOLE_SHARE) * np.log(linewise + _FLOOR) + WHOLE_SHARE * np.log(whole + _FLOOR) + np.log(PRIOR)
    return LABELS[int(mixed.argmax())]
