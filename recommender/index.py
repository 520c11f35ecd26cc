"""The index as a whole: a manifest that names its segments, swapped in one step so that readers never see half of a change.

    <index>/manifest.json          what is live: format, data version, segments, which rows of each are dead
    <index>/seg-<id>/              immutable segment folders (`recommender.segment`)
    <index>/dead-<id>.npy          rows of a segment that a later one replaces
    <index>/.lock                  held by whoever writes

A reader opens the manifest, then its segments, and keeps them mapped for as long as it likes: files are only ever added and, once no
manifest names them, unlinked. Many processes may map one index; their pages are shared by the system's cache.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import IndexDamaged
from recommender.segment import Segment
from tagging.tensors import open_array

# The version counts the layout and all that is frozen into it: the tables of terms and themes, BM25's constants, the profiles.
FORMAT, VERSION = "reumi-index", 4
MANIFEST = "manifest.json"
# Each attempt but the first follows a publication in between; so many in a row are no coincidence.
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A live segment: its folder, songs in it, and the file that lists its dead rows."""

    folder: str
    songs: int
    dead: str | None = None
    dead_count: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is live. `data_version` is the database's own token for the state that was read, `read_at` (aware, UTC) when that was."""

    data_version: str
    read_at: datetime
    segments: tuple[SegmentEntry, ...]

    def write(self, index: Path) -> None:
        """Publish in one step."""
        draft = index / f"{MANIFEST}.new"
        content = {"format": FORMAT, "version": VERSION, **asdict(self), "read_at": self.read_at.isoformat()}
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        draft.replace(index / MANIFEST)

    @classmethod
    def read(cls, index: Path) -> Manifest | None:
        """The published manifest, None where there is no index yet. Raises IndexDamaged for anything that is no manifest of ours."""
        try:
            data: dict[str, Any] = json.loads((index / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise IndexDamaged(
                f"the index manifest in {index} cannot be read ({error}); rebuild it with `reumi index --rebuild`"
            ) from error
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
            raise IndexDamaged(f"the index in {index} is not of format {FORMAT} {VERSION}; rebuild it with `reumi index --rebuild`")
        try:
            entries = tuple(SegmentEntry(**entry) for entry in data["segments"])
            return cls(data_version=data["data_version"], read_at=datetime.fromisoformat(data["read_at"]), segments=entries)
        except (KeyError, TypeError, ValueError) as error:
            raise IndexDamaged(f"the index manifest in {index} is incomplete; rebuild it with `reumi index --rebuild`") from error


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """An open segment and which of its rows are dead: bool (n,), or None when all live."""

    segment: Segment
    dead: NDArray[np.bool_] | None


class Index:
    """An open index: the segments of one manifest, memory-mapped."""

    def __init__(self, folder: Path, manifest: Manifest, segments: list[LiveSegment]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.segments = segments

    @classmethod
    def open(cls, folder: Path) -> Index | None:
        """Open what is published now; None where there is no index yet. Raises IndexDamaged."""
        for attempt in range(_ATTEMPTS):
            manifest = Manifest.read(folder)
            if manifest is None:
                return None
            try:
                return cls(folder, manifest, list(_open_segments(folder, manifest)))
            except IndexDamaged:
                # A writer may have published and tidied up between our two reads; then the next manifest names other files.
                if attempt == _ATTEMPTS - 1 or Manifest.read(folder) == manifest:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def __len__(self) -> int:
        return sum(entry.songs - entry.dead_count for entry in self.manifest.segments)

    def places(self, id_hashes: Collection[int]) -> dict[int, tuple[Segment, int]]:
        """Segment and row of those songs, by the hash of their id, that are live in the index."""
        wanted = np.fromiter(id_hashes, dtype=np.uint64, count=len(id_hashes))
        found: dict[int, tuple[Segment, int]] = {}
        for live in self.segments:
            hit = np.isin(live.segment.id_hashes, wanted)
            if live.dead is not None:
                hit &= ~live.dead
            for row in np.flatnonzero(hit):
                found[int(live.segment.id_hashes[row])] = (live.segment, int(row))
        return found


def _open_segments(folder: Path, manifest: Manifest) -> Iterator[LiveSegment]:
    for entry in manifest.segments:
        segment = Segment(folder / entry.folder)
        if len(segment) != entry.songs:
            raise IndexDamaged(f"{segment.folder} holds {len(segment)} songs, not {entry.songs}; rebuild it with `reumi index --rebuild`")
        yield LiveSegment(segment, _dead_rows(folder, entry))


def _dead_rows(folder: Path, entry: SegmentEntry) -> NDArray[np.bool_] | None:
    if entry.dead is None:
        return None
    dead = np.zeros(entry.songs, dtype=np.bool_)
    try:
        dead[open_array(folder / entry.dead)] = True
    except (OSError, ValueError, IndexError) as error:
        raise IndexDamaged(f"{folder / entry.dead} cannot be read ({error}); rebuild it with `reumi index --rebuild`") from error
    return dead
