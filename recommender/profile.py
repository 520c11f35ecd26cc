"""Emotion profiles and the popularity prior: how seven probabilities and a like count become comparable numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS, Emotion

# Lines that set a scene are 중립 in every song, and say little of its feeling; its main emotion was read from the whole lyric too, and
# says more. Both chosen on the tuning half of the judged diaries.
_SCENE, _MAIN = 0.35, 2.7
_MANY_LIKES = 1_000_000.0


def profiles_of(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn rows of probabilities, (n, 7), into unit vectors, so that a dot product is the cosine of all emotions: float32 (n, 7)."""
    rows = np.array(probabilities, dtype=np.float32).reshape(-1, N_LABELS)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def profiles_of_songs(probabilities: NDArray[np.float32], main: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit profiles of songs, (n, 7), from their lines' mean probabilities and main emotions (n,): 중립 counts less, the main one more."""
    rows = np.array(probabilities, dtype=np.float32).reshape(-1, N_LABELS)
    rows[:, Emotion.NEUTRAL.class_id] *= np.float32(_SCENE)
    rows[np.arange(len(rows)), main] *= np.float32(_MAIN)
    return profiles_of(rows)


def popularity_of(likes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Like counts, (n,), -1 for unknown, on a logarithmic scale that ends at a million: float32 (n,) in [0, 1]; unknown counts as none."""
    return np.asarray(np.minimum(np.log1p(np.maximum(likes, 0)) / np.log1p(_MANY_LIKES), 1.0), dtype=np.float32)
