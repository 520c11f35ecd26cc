"""Lyrics as a sentence encoder sees them: read once a lyric, kept beside the index, and read again from there.

An encoder takes some tens of milliseconds a song, so its vectors outlive every rebuild: they are kept by lyric in a small SQLite file
of the index's folder, saved as they are read, and a killed build goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.theme import Themes, rounded

if TYPE_CHECKING:
    import sqlite3

KEPT = "embeddings.db"
# Lyrics read between two savings, and looked up at once.
_TOGETHER, _MOST_VARIABLES = 32, 500

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What the recommender asks of a sentence encoder (`tagging.sentence_encoder.SentenceEncoder`)."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever a vector could."""

    def of_diary(self, text: str) -> Vectors:
        """Float32 (d,) of length 1, or zeros."""

    def of_lyrics(self, lyrics: Sequence[str]) -> Vectors:
        """Float32 (n, d), rows of length 1 or zeros, each from its own lyric alone."""


class KeptEmbeddings:
    """An encoder whose vectors of lyrics are kept in a folder."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._file = folder / KEPT
        self._encoder = encoder

    def of_lyrics(self, lyrics: Sequence[str]) -> tuple[Themes, Vectors]:
        """Directions int8 (n, d) and the factors float32 (n,) that make them unit vectors; what is not known yet is read and kept."""
        import sqlite3  # only a build needs it, and an answer starts faster without

        keys = [_key(lyric) for lyric in lyrics]
        with closing(sqlite3.connect(self._file)) as kept:
            kept.execute("CREATE TABLE IF NOT EXISTS embedding (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
            known = _known(kept, keys)
            unread = {key: lyric for key, lyric in zip(keys, lyrics, strict=True) if key not in known}
            for key, vector in self._read(kept, unread):
                known[key] = vector
        return rounded(np.stack([np.frombuffer(known[key], dtype="<f2") for key in keys]).astype(np.float32))

    def _read(self, kept: sqlite3.Connection, unread: dict[bytes, str]) -> Iterator[tuple[bytes, bytes]]:
        names = list(unread)
        for start in range(0, len(names), _TOGETHER):
            some = names[start : start + _TOGETHER]
            vectors = self._encoder.of_lyrics([unread[name] for name in some]).astype("<f2")
            rows = [(name, vector.tobytes()) for name, vector in zip(some, vectors, strict=True)]
            with kept:
                kept.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?)", rows)
            yield from rows


def _known(kept: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _MOST_VARIABLES):
        some = keys[start : start + _MOST_VARIABLES]
        marks = ",".join("?" * len(some))
        found.update(kept.execute(f"SELECT key, vector FROM embedding WHERE key IN ({marks})", some))
    return found


def _key(lyric: str) -> bytes:
    return blake2b(lyric.encode("utf-8", "surrogatepass"), digest_size=16).digest()
