"""Reads songs with one model: every different line, passage and lyric once, known ones taken from the store, labels saved song by song.

A song is saved together with its lines in one transaction and is found again by (lyric hash, model fingerprint, rules of a song's
label), so a killed run neither tags a song twice nor skips one: running again goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from storage.emotions import EmotionStore, SongEmotionRow
from tagging.classifier import Classifier, Probabilities
from tagging.emotions import N_LABELS
from tagging.lyrics import Lyric, lyric_of
from tagging.song import read_song

Reads = dict[str, Probabilities]
"""Line hash → float32 (7,)."""


@dataclass(slots=True)
class TaggingReport:
    """What a tagging run did: songs labelled, per main emotion, and how its lines were read."""

    songs: int = 0
    lines: int = 0
    lines_read: int = 0
    lines_known: int = 0
    emotions: dict[str, int] = field(default_factory=dict)

    def add(self, rows: Sequence[SongEmotionRow], read: int, known: int) -> None:
        """Count one saved batch."""
        self.songs += len(rows)
        self.lines += sum(row.n_lines for row in rows)
        self.lines_read += read
        self.lines_known += known
        for row in rows:
            if row.main_emotion is not None:
                self.emotions[row.main_emotion] = self.emotions.get(row.main_emotion, 0) + 1


@dataclass(frozen=True, slots=True)
class PendingSong:
    """A song to label, what is to be read of it found."""

    song_id: str
    lyrics_hash: str
    lyric: Lyric


Progress = Callable[[TaggingReport], None]


def tag_songs(
    store: EmotionStore, classifier: Classifier, *, batch: int = 64, limit: int | None = None, progress: Progress | None = None
) -> TaggingReport:
    """Label every song that the store calls untagged, `batch` songs a transaction; at most `limit`."""
    report = TaggingReport()
    for songs in batches(pending_songs(store, batch, limit), batch):
        known = store.cached_lines(different_lines(songs))
        fresh = read_lines(classifier, missing_lines(songs, known))
        save(store, songs, known, fresh, report)
        if progress is not None:
            progress(report)
    return report


def pending_songs(store: EmotionStore, batch: int, limit: int | None = None) -> Iterator[PendingSong]:
    """The store's untagged songs with their lines."""
    for song_id, lyrics, lyrics_hash in store.untagged(batch, limit=limit):
        yield PendingSong(song_id, lyrics_hash, lyric_of(lyrics))


def batches(songs: Iterable[PendingSong], size: int) -> Iterator[list[PendingSong]]:
    """Consecutive lists of `size` songs."""
    remaining = iter(songs)
    while batch := list(islice(remaining, size)):
        yield batch


def different_lines(songs: Sequence[PendingSong]) -> list[str]:
    """Hashes of all that is read of some songs, each once."""
    return list(dict.fromkeys(line.hash for song in songs for line in song.lyric.read))


def missing_lines(songs: Sequence[PendingSong], known: Mapping[str, Probabilities]) -> dict[str, str]:
    """Hash → text of what nobody has read yet."""
    return {line.hash: line.text for song in songs for line in song.lyric.read if line.hash not in known}


def read_lines(classifier: Classifier, lines: Mapping[str, str]) -> Reads:
    """Read lines given as hash → text."""
    read = classifier.predict_proba(list(lines.values()))
    return dict(zip(lines, read, strict=True))


def save(
    store: EmotionStore,
    songs: Sequence[PendingSong],
    known: Mapping[str, Probabilities],
    fresh: Mapping[str, Probabilities],
    report: TaggingReport,
) -> None:
    """Sum up songs whose lines are all read, and store them with the fresh lines."""
    reads = {**known, **fresh}
    rows = [_row(song, reads) for song in songs]
    store.save(rows, fresh)
    lines = {line.hash for song in songs for line in song.lyric.lines}
    report.add(rows, len(lines & fresh.keys()), len(lines & known.keys()))


def _row(song: PendingSong, reads: Mapping[str, Probabilities]) -> SongEmotionRow:
    read = [reads[text.hash] for text in song.lyric.read]
    reading = read_song(song.lyric, np.stack(read) if read else np.empty((0, N_LABELS), dtype=np.float32))
    shares = tuple(float(share) for share in reading.probabilities)
    return SongEmotionRow(song.song_id, song.lyrics_hash, reading.n_lines, reading.counts, shares, reading.main_emotion)
