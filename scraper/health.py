"""Is what a crawl read to be trusted? Field coverage and list lengths against the last good runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Any

from scraper.tally import LISTED_FIELDS, SONG_FIELDS, Tally

ENOUGH = 20  # records from which a share means something
_SIGMAS = 5.0  # a fall that chance explains once in millions of runs
_LEAST_FALL = 0.10  # of the share; smaller falls are no matter for people
_NAMES = {
    "listed.image_url": "cover on lists",
    "listed.album": "album on lists",
    "listed.rank_shown": "printed rank on lists",
    "song.image_url": "cover on song pages",
    "song.album": "album on song pages",
    "song.genres": "genre on song pages",
    "song.released_text": "release date on song pages",
    "song.credits": "makers on song pages",
    "song.lyrics": "lyrics",
    "likes.known": "like counts",
}
_CRITICAL = ("song.lyrics", "likes.known")
# Fields that a whole kind of page may lack in good times: the 24Hits era printed no ranks, the old lists no covers.
_MAY_BE_ABSENT = ("listed.rank_shown", "listed.image_url", "song.credits")


class Verdict(StrEnum):
    """The judgement on a run."""

    OK = "ok"
    DEGRADED = "degraded"  # usable, but something is missing that used to be there
    BROKEN = "broken"  # the site's layout changed: nothing more should be read before the parser is mended
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentences that explain it."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


def judge(tally: Tally, history: Sequence[Mapping[str, Any]], *, whole: bool = True) -> Judgement:
    """Judge a run by its tally and the `coverage` of earlier good runs of the same plan, newest first.

    The lengths of lists are compared only in a `whole` run, since one that ended early or went on after a stop saw parts of them.
    """
    broken = _unreadable_kinds(tally)
    degraded: list[str] = []
    now = tally.coverage()["fields"]
    for name in (*(f"listed.{item}" for item in LISTED_FIELDS), *(f"song.{item}" for item in (*SONG_FIELDS, "lyrics")), "likes.known"):
        fall = _fall(name, now, [past.get("fields", {}) for past in history])
        if fall is not None:
            sentence, lost = fall
            (broken if lost and name in _CRITICAL else degraded).append(sentence)
    if whole:
        degraded += _short_lists(tally, history)
    degraded += [f"{count} page(s) could not be read: {reason}" for reason, count in tally.layout_reasons.items()]
    if tally.repeated:
        degraded.append(f"{len(tally.repeated)} list page(s) only repeated the page before")
    gave_up = len(tally.failed) - sum(tally.layout_failures.values())
    if gave_up > 0:
        degraded.append(f"{gave_up} page(s) did not come")
    verdict = Verdict.BROKEN if broken else Verdict.DEGRADED if degraded else Verdict.OK
    return Judgement(verdict, tuple(broken + degraded))


def _unreadable_kinds(tally: Tally) -> list[str]:
    """Kinds of page of which at least half could not be read."""
    return [
        f"{failures} of {failures + tally.pages[kind]} {kind} pages could not be read: {tally.layout_example}"
        for kind, failures in tally.layout_failures.items()
        if failures >= tally.pages[kind]
    ]


def _fall(name: str, now: Mapping[str, int], history: Sequence[Mapping[str, int]]) -> tuple[str, bool] | None:
    """What to say of a field whose share fell, and whether it is lost altogether; None where nothing is wrong."""
    total = now.get(name.partition(".")[0], 0)
    if total < ENOUGH:
        return None
    share = now.get(name, 0) / total
    past_total = sum(past.get(name.partition(".")[0], 0) for past in history)
    if past_total < ENOUGH:
        if share > 0 or name in _MAY_BE_ABSENT:
            return None
        return f"none of {total} records has its {_NAMES[name]}", True
    past = sum(entry.get(name, 0) for entry in history) / past_total
    # The variance of both shares under one common truth, with a half added to each side so that 100 % is not taken for a law.
    pooled = (now.get(name, 0) + past * past_total + 0.5) / (total + past_total + 1)
    spread = sqrt(pooled * (1 - pooled) * (1 / total + 1 / past_total))
    if past - share <= max(_LEAST_FALL, _SIGMAS * spread):
        return None
    return f"{_NAMES[name]}: {share:.0%} of {total}, {past:.0%} in good runs", share < past / 2


def _short_lists(tally: Tally, history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lists that are less than half as long as the shortest of their good readings."""
    found = []
    for name, rows in tally.lists.items():
        past = [entry["lists"][name] for entry in history if entry.get("lists", {}).get(name)]
        if past and rows * 2 < min(past):
            found.append(f"{name} has {rows} rows, {min(past)} and more in good runs")
    return found
