"""A song's reading from its lines' readings: counts, means, and the one main emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagging.classifier import Probabilities
from tagging.emotions import LABELS, N_LABELS, Emotion
from tagging.lyrics import Lyric

# Bump when a song's label changes though its model reads its lines alike: all songs are then labelled anew, from what was read already.
SONG_RULES = "song3"
# Shares of lines, passages and the whole lyric in a song's main emotion, see docs/emotions.md.
SHARES = (0.4, 0.3, 0.3)
# Love and parting are what most songs are about, and the model learned from as many songs of every feeling: each of the two counts so much
# more than another (a known shift of the labels: Saerens et al., Neural Computation 14, 2002). Chosen on the demo songs, too.
PRIOR = np.array([1.6 if Emotion(label) in (Emotion.HAPPINESS, Emotion.SADNESS) else 1.0 for label in LABELS])

_FLOOR = 1e-4
_NEUTRAL = Emotion.NEUTRAL.class_id


@dataclass(frozen=True, slots=True)
class SongReading:
    """What a model read in one song.

    `counts`: sung lines per emotion, repeats included; `probabilities`: float32 (7,), the mean over those lines; `vote`: float32 (7,), what
    lines, passages and the whole say of the song together, its largest the main emotion. Both sum to 1, and are zeros for a song without
    lines, whose `main_emotion` is None.
    """

    n_lines: int
    counts: tuple[int, ...]
    probabilities: Probabilities
    vote: Probabilities
    main_emotion: str | None


def read_song(lyric: Lyric, probabilities: Probabilities) -> SongReading:
    """Sum up a song from the probabilities of all that is read of its lyric, float32 (n, 7) in the order of `lyric.read`."""
    if not lyric.lines:
        nothing = np.zeros(N_LABELS, dtype=np.float32)
        return SongReading(0, (0,) * N_LABELS, nothing, nothing, None)
    read = probabilities.astype(np.float64)
    lines, passages, whole = np.split(read, [len(lyric.lines), len(lyric.lines) + len(lyric.passages)])
    times, sung = (np.array([text.times for text in texts], dtype=np.int64) for texts in (lyric.lines, lyric.passages))
    counts = np.bincount(lines.argmax(axis=1), weights=times, minlength=N_LABELS).astype(int)
    mean = (lines * times[:, None]).sum(axis=0) / times.sum()
    vote = _vote([_felt(lines, times), _felt(passages, sung), whole[0]])
    return SongReading(
        int(times.sum()), tuple(counts.tolist()), mean.astype(np.float32), vote.astype(np.float32), LABELS[int(vote.argmax())]
    )


def _vote(readings: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """What a song's lines, its passages and its whole lyric say together, each (7,) as the answer.

    A line as short as Melon's says little alone, and lines miss what a verse says together: so passages and the whole have shares of
    their own (`SHARES`), as exponents. What most songs are of counts more (`PRIOR`).
    """
    mixed = PRIOR * np.prod([(reading + _FLOOR) ** share for share, reading in zip(SHARES, readings, strict=True)], axis=0)
    vote: NDArray[np.float64] = mixed / mixed.sum()
    return vote


def _felt(probabilities: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean (7,) of texts (n, 7) sung so many times (n,), each by how much feeling there is in it, 1 - p(중립).

    Scene-setting lines are 중립 in every song and would name most songs if they counted like the others.
    """
    weights = times * (1.0 - probabilities[:, _NEUTRAL]) + 1e-9
    mean: NDArray[np.float64] = (weights @ probabilities) / weights.sum()
    return mean
