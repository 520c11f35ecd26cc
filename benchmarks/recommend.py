"""Recommending: the original's way, written afresh, beside this project's index: `python -m benchmarks.recommend [--sizes …]`.

Lyrics are made (227 words, a vocabulary of 50,000 with the demo songs' own words at its head, drawn by Zipf's law); the diaries are the
judged ones. The feeling is given to all ways, so that no model's time is in any figure but that of the whole command.

Times are the processor's, of one thread (set `OMP_NUM_THREADS=1`): on a busy machine the clock on the wall counts others' work too, more
of it in long tasks than in short ones. The whole answer is also timed by that clock.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from itertools import cycle
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from benchmarks.harness import Report, show
from recommender.build import add, build
from recommender.index import Index
from recommender.judged import read_judged
from recommender.original import OriginalRanking
from recommender.query import Query, Wish, read_query
from recommender.service import Recommender
from recommender.words import words_of
from reumi.replica.catalogue import load_songs
from tagging.emotions import LABELS

WORDS_A_SONG, VOCABULARY = 227, 50_000
SIZES = (700, 1_000, 10_000, 100_000, 1_000_000)
BLEND = "full blend, reasons and all"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MadeSong:
    """A song of drawn words."""

    song_id: str
    title: str
    artist: str
    lyrics: str
    main_emotion: str
    probabilities: tuple[float, ...]
    likes: int
    album: str | None = "앨범"
    genre: str | None = "발라드"
    image_url: str | None = None
    released: None = None
    counts: tuple[int, ...] = (5, 5, 5, 5, 5, 5, 5)


@cache
def vocabulary() -> list[str]:
    """Words of the demo songs by frequency, then made ones of the same syllables."""
    counted = Counter(word for song in load_songs().values() for word in re.findall("[가-힣]+", song.lyrics))
    syllables = Counter(syllable for word, times in counted.items() for syllable in word for _ in range(times))
    letters = list(syllables)
    below = np.cumsum(np.array(list(syllables.values())) / syllables.total())
    rng = np.random.default_rng(1)
    words = dict.fromkeys(word for word, _ in counted.most_common())
    while len(words) < VOCABULARY:
        drawn = np.searchsorted(below / below[-1], rng.random(rng.integers(2, 5)), side="right")
        words["".join(letters[place] for place in drawn)] = None
    return list(words)


def made_songs(count: int, first: int = 0) -> Iterator[MadeSong]:
    words = np.array(vocabulary())
    # Zipf's law, summed up once: drawing by shares would sum 50,000 of them for every song.
    below = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    below /= below[-1]
    rng = np.random.default_rng(first + 7)
    for number in range(first, first + count):
        drawn = words[np.searchsorted(below, rng.random(WORDS_A_SONG), side="right")]
        lyrics = "\n".join(" ".join(drawn[start : start + 6]) for start in range(0, WORDS_A_SONG, 6))
        raw = rng.dirichlet(np.full(7, 0.5))
        emotion = LABELS[int(raw.argmax())]
        yield MadeSong(
            str(10_000_000 + number),
            f"노래 {number}",
            f"가수 {number % 997}",
            lyrics,
            emotion,
            tuple(raw.tolist()),
            int(rng.integers(0, 900_000)),
        )


class GivenFeeling:
    """A classifier whose answer is given: mostly one feeling, a little of another, as real readings are."""

    fingerprint = "given"

    def __init__(self) -> None:
        self._turns = cycle(range(7))
        self.turn = 0

    def predict_proba(self, lines: Sequence[str]) -> np.ndarray:
        """One row for all lines."""
        row = np.full(7, 0.04, dtype=np.float32)
        row[self.turn], row[(self.turn + 1) % 7] = 0.6, 0.2
        self.turn = next(self._turns)
        return np.tile(row / row.sum(), (len(lines), 1))


def original_way(songs: Sequence[MadeSong], emotion: str, diary: str, k: int = 10) -> list[str]:
    """Filter by main emotion, fit TF-IDF, rank by cosine: at every query."""
    kept = [song for song in songs if song.main_emotion == emotion]
    vectoriser = TfidfVectorizer()
    matrix = vectoriser.fit_transform(song.lyrics for song in kept)
    scores = cosine_similarity(matrix, vectoriser.transform([diary])).ravel()
    return [kept[place].song_id for place in np.argsort(scores, kind="stable")[::-1][:k]]


def into(found: list[str], songs: Sequence[MadeSong], query: Query) -> None:
    found.extend(original_way(songs, query.emotion.value, query.text))


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    started = clock()
    work()
    return clock() - started


def measure(report: Report, size: int, folder: Path, queries: int, originals: int) -> None:
    songs: list[MadeSong] = list(made_songs(size)) if originals else []
    seconds = timed(lambda: build(folder, songs or made_songs(size), "v1", NOW))
    report.figures[f"index build, {size:,} songs, s"] = seconds
    index = Index.open(folder)
    assert index is not None
    classifier = GivenFeeling()
    recommender = Recommender(index, classifier)
    diaries = [diary.text for diary in read_judged()]
    asked: list[Query] = [read_query(text, classifier, Wish()) for text in diaries[:queries]]
    timings: dict[str, list[float]] = {}
    if originals:
        ranking = OriginalRanking(index)
        timings["the original's way"] = []
        for query in asked[:originals]:
            wanted: list[str] = []
            timings["the original's way"].append(timed(partial(into, wanted, songs, query)))
            found = [candidate.record.song_id for candidate in ranking.best(query, query.partitions[0], 10)]
            assert found == wanted, (found, wanted)
        for query in asked:
            ranking.best(query, query.partitions[0], 10)
        timings["--scorer original"] = [timed(partial(ranking.best, query, query.partitions[0], 10)) for query in asked]
    for text in diaries[:20]:
        recommender.recommend(text, 3)
    asking = [partial(recommender.recommend, text, 3) for text in diaries[:queries]]
    timings[BLEND] = [timed(work) for work in asking]
    report.add(f"{size:,} songs", timings)
    on_the_wall = [timed(work, time.perf_counter) for work in asking]
    for way, taken in ((f"{BLEND}, wall", on_the_wall), *timings.items()):
        p50, p95 = np.percentile(taken, (50, 95)) * 1000
        report.figures[f"{way}, {size:,} songs, p50 ms"] = p50
        report.figures[f"{way}, {size:,} songs, p95 ms"] = p95
    if originals:
        measure_building(report, songs, folder, seconds)


def measure_building(report: Report, songs: Sequence[MadeSong], folder: Path, seconds: float) -> None:
    size = len(songs)
    lyrics = [song.lyrics for song in songs]
    words = timed(lambda: TfidfVectorizer(analyzer=words_of).fit_transform(lyrics))
    ngrams = timed(lambda: TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)).fit_transform(lyrics))
    again = timed(lambda: build(folder, songs, "v1", NOW))
    best = min(seconds, again)
    report.figures[f"scikit-learn fit of character 2- and 3-grams / index build, {size:,} songs"] = ngrams / best
    report.figures[f"scikit-learn fit of words (the original's features) / index build, {size:,} songs"] = words / best
    more = list(made_songs(100, first=size))
    added = [timed(partial(add, folder, more, [], f"v{number}", NOW)) for number in range(5)]
    report.figures[f"adding 100 songs to {size:,}, ms"] = statistics.median(added) * 1000
    report.figures[f"rebuild / adding 100 songs, {size:,} songs"] = best / statistics.median(added)


def run(smoke: bool = False, sizes: Sequence[int] = SIZES, keep: Path | None = None) -> Report:
    """Measure every size; `smoke` proves in seconds that all ways run and agree."""
    report = Report("recommend", "the original's way")
    for size in (70, 200) if smoke else sizes:
        folder = keep / str(size) if keep else Path(tempfile.mkdtemp(prefix="reumi-bench-"))
        try:
            originals = 0 if size > 100_000 else 3 if size > 10_000 or smoke else 10
            measure(report, size, folder, 20 if smoke else 150, originals)
        finally:
            if keep is None:
                shutil.rmtree(folder)
        if not smoke:
            report.save()
    return report


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--smoke", action="store_true")
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options.add_argument("--keep", type=Path, help="Folder in which the indexes stay, instead of a temporary one.")
    given = options.parse_args()
    show(run(given.smoke, given.sizes, given.keep), keep=not given.smoke)
