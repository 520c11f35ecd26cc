"""Writing the index: build it whole, or add what changed."""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np

from recommender.embedding import Encoder, KeptEmbeddings
from recommender.index import Index, LiveSegment, Manifest, SegmentEntry
from recommender.rows import IndexableSong
from recommender.segment import CAPACITY, hash_id, write_segment

# More small segments than this, or a fifth of all rows dead, and a whole rebuild is due: each segment costs a query a few lookups.
MOST_SEGMENTS = 12
MOST_DEAD = 0.2


@contextmanager
def writing(index: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the index's write lock, which readers never take; yields whether it is held. A second writer waits, or goes without."""
    index.mkdir(parents=True, exist_ok=True)
    with (index / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def build(index: Path, songs: Iterable[IndexableSong], data_version: str, read_at: datetime, encoder: Encoder | None = None) -> Manifest:
    """Write the index anew from tagged songs and publish it; memory stays flat at one segment. Untagged songs are left out."""
    manifest = Manifest(data_version, read_at, tuple(_write_segments(index, songs, encoder)))
    manifest.write(index)
    _remove_unused(index, manifest)
    return manifest


def add(
    index: Path,
    changed: Iterable[IndexableSong],
    removed: Collection[str],
    data_version: str,
    read_at: datetime,
    encoder: Encoder | None = None,
) -> Manifest:
    """Publish changed and new songs in a segment of their own, and mark what they replace, and `removed` song ids, as dead."""
    current = Index.open(index)
    if current is None:
        raise ValueError(f"there is no index in {index} to add to")
    fresh = list(changed)
    replaced = {hash_id(song.song_id) for song in fresh} | {hash_id(song_id) for song_id in removed}
    entries = [_mark_dead(index, entry, live, replaced) for entry, live in zip(current.manifest.segments, current.segments, strict=True)]
    manifest = Manifest(data_version, read_at, (*entries, *_write_segments(index, fresh, encoder)))
    manifest.write(index)
    _remove_unused(index, manifest, current.manifest)
    return manifest


def rebuild_is_due(manifest: Manifest) -> bool:
    """Whether additions have made the index slower than a fresh one by more than a little."""
    songs = sum(entry.songs for entry in manifest.segments)
    dead = sum(entry.dead_count for entry in manifest.segments)
    small = sum(entry.songs < CAPACITY for entry in manifest.segments)
    return small > MOST_SEGMENTS or dead > MOST_DEAD * max(songs, 1)


def _write_segments(index: Path, songs: Iterable[IndexableSong], encoder: Encoder | None) -> Iterator[SegmentEntry]:
    index.mkdir(parents=True, exist_ok=True)
    embed = None if encoder is None else KeptEmbeddings(index, encoder).of_lyrics
    tagged = (song for song in songs if song.main_emotion and song.probabilities)
    while batch := list(islice(tagged, CAPACITY)):
        folder = f"seg-{uuid.uuid4().hex[:12]}"
        write_segment(index / folder, batch, embed)
        yield SegmentEntry(folder, len(batch))


def _mark_dead(index: Path, entry: SegmentEntry, live: LiveSegment, replaced: set[int]) -> SegmentEntry:
    hit = np.isin(live.segment.id_hashes, np.fromiter(replaced, dtype=np.uint64, count=len(replaced)))
    if live.dead is not None:
        hit |= live.dead
    count = int(hit.sum())
    if count == entry.dead_count:
        return entry
    name = f"dead-{uuid.uuid4().hex[:12]}.npy"
    np.save(index / name, np.flatnonzero(hit), allow_pickle=False)
    return SegmentEntry(entry.folder, entry.songs, name, count)


def _remove_unused(index: Path, *manifests: Manifest) -> None:
    """Unlink what no given manifest names. The manifest before the last is kept too, for readers that are just opening it."""
    used = {name for manifest in manifests for entry in manifest.segments for name in (entry.folder, entry.dead)}
    for path in index.iterdir():
        if path.name.startswith("seg-") and path.name not in used:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith("dead-") and path.name not in used:
            path.unlink(missing_ok=True)
