"""Variety in the answer: one song an artist, and no three songs of one kind while others fit as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.blend import Candidate

# How far a candidate's likeness to songs already chosen lowers it. Small: the fit comes first.
_TRADE = 0.02


def choose(candidates: Sequence[Candidate], k: int) -> list[Candidate]:
    """Pick up to `k` of the candidates (best first) by maximal marginal relevance (Carbonell and Goldstein, 1998).

    The first choice is the best candidate. An artist comes a second time only when nothing else is left.
    """
    chosen: list[Candidate] = []
    left = list(candidates)
    while left and len(chosen) < k:
        artists = {candidate.record.artist for candidate in chosen}
        others = [place for place, candidate in enumerate(left) if candidate.record.artist not in artists] or range(len(left))
        # The first of equals wins, since max() keeps the first and candidates come best first.
        best = max(others, key=lambda place: left[place].score - _TRADE * _likeness(left[place], chosen))
        chosen.append(left.pop(best))
    return chosen


def _likeness(candidate: Candidate, chosen: Sequence[Candidate]) -> float:
    """Greatest likeness to a chosen song, in [0, 1]: half for the same genre, half for the same mixture of feelings beyond 0.9."""
    if not chosen:
        return 0.0
    profile = candidate.segment.profiles[candidate.row]
    return max(
        0.5 * (candidate.record.genre is not None and candidate.record.genre == other.record.genre)
        + 0.5 * max(0.0, float(np.dot(profile, other.segment.profiles[other.row])) - 0.9) * 10
        for other in chosen
    )
