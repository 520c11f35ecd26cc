"""What a tagging job reads and writes: songs that a model has not read, lines that it has, and labels in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, and_, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.clock import Clock, utc_now
from storage.emotion_columns import COUNT_COLUMNS, PROBABILITY_COLUMNS
from storage.engine import reading, writing
from storage.known import CHUNK, known_songs
from storage.models import LineEmotion, ModelVersion, Song, SongEmotion
from storage.revision import move_on
from storage.upsert import Upsert

Probabilities = npt.NDArray[np.float32]

_STORED_DTYPE = np.dtype("<f4")
EMOTION_COLUMNS = (
    *("song_id", "model_fingerprint", "lyrics_hash", "n_lines"),
    *COUNT_COLUMNS,
    *PROBABILITY_COLUMNS,
    *("main_emotion", "tagged_at"),
)
_EMOTIONS: Any = SongEmotion.__table__
_MODELS: Any = ModelVersion.__table__
_LINES: Any = LineEmotion.__table__
SAVE_EMOTIONS = Upsert(_EMOTIONS, EMOTION_COLUMNS)
SAVE_LINES = Upsert(_LINES, ("model_fingerprint", "line_hash", "probabilities"))


@dataclass(frozen=True, slots=True)
class SongEmotionRow:
    """One song's labels. `counts` and `probabilities` hold seven each in class-id order; `main_emotion` is a Korean label or None."""

    song_id: str
    lyrics_hash: str
    n_lines: int
    counts: tuple[int, ...]
    probabilities: tuple[float, ...]
    main_emotion: str | None
    tagged_at: datetime | None = None  # None = now

    def __post_init__(self) -> None:
        if len(self.counts) != len(COUNT_COLUMNS) or len(self.probabilities) != len(PROBABILITY_COLUMNS):
            raise ValueError(f"song {self.song_id}: seven counts and seven probabilities are needed")


class EmotionStore:
    """Labels by one model, named by its fingerprint.

    `rules` names how a song's label is made of what the model reads: songs labelled by other rules count as not read, and their lines,
    which no rules of a song's touch, as read.
    """

    def __init__(self, engine: Engine, fingerprint: str, clock: Clock = utc_now, *, rules: str = "") -> None:
        self._engine = engine
        self._fingerprint = fingerprint
        self._labeller = f"{fingerprint}-{rules}" if rules else fingerprint
        self._clock = clock

    def register_model(self, name: str, kind: str) -> None:
        """Make the model known, or correct its name and kind."""
        upsert = Upsert(_MODELS, ("fingerprint", "name", "kind", "created_at"), keep=frozenset({"created_at"}))
        with writing(self._engine) as connection:
            upsert.run(connection, [(self._labeller, name, kind, self._clock())])

    def untagged(self, batch: int = 200, *, limit: int | None = None) -> Iterator[tuple[str, str, str]]:
        """Songs with lyrics that the model has not read, or not in their present wording: (song_id, lyrics, lyrics_hash).

        In the order of ids, `batch` songs a query; no transaction stays open between them, so the caller may save meanwhile.
        """
        last, left = "", limit
        while left is None or left > 0:
            with reading(self._engine) as connection:
                rows = connection.execute(self._pending(last).limit(batch if left is None else min(batch, left))).all()
            if not rows:
                return
            yield from ((row.song_id, row.lyrics, row.lyrics_hash) for row in rows)
            last = rows[-1].song_id
            left = None if left is None else left - len(rows)

    def count_untagged(self) -> int:
        """How many songs `untagged` would yield now."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(self._pending("").subquery())).scalar_one()

    def cached_lines(self, hashes: Sequence[str]) -> dict[str, Probabilities]:
        """Those lines that the model has read before: hash → float32 (7,), read-only, class-id order."""
        found: dict[str, Probabilities] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(hashes), CHUNK):
                query = select(LineEmotion.line_hash, LineEmotion.probabilities).where(
                    LineEmotion.model_fingerprint == self._fingerprint, LineEmotion.line_hash.in_(hashes[start : start + CHUNK])
                )
                for line_hash, blob in connection.execute(query):
                    found[line_hash] = np.frombuffer(blob, dtype=_STORED_DTYPE)
        return found

    def save(self, songs: Sequence[SongEmotionRow], lines: Mapping[str, Probabilities]) -> None:
        """Write the songs' labels and the lines' probabilities (each float32 (7,)) in one transaction.

        A song that has been deleted meanwhile is left out.
        """
        now = self._clock()
        line_rows = [(self._fingerprint, line_hash, _blob(line_hash, probabilities)) for line_hash, probabilities in lines.items()]
        with writing(self._engine) as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            unnamed = {"fingerprint": self._labeller, "name": self._fingerprint[:12], "kind": "unknown", "created_at": now}
            connection.execute(insert(ModelVersion).values(unnamed).on_conflict_do_nothing())
            known = known_songs(connection, [song.song_id for song in songs])
            rows = [(*_row(song, self._labeller), song.tagged_at or now) for song in songs if song.song_id in known]
            SAVE_EMOTIONS.run(connection, rows)
            SAVE_LINES.run(connection, line_rows)
            if rows:
                move_on(connection)

    def forget_lines(self) -> int:
        """Empty the cache of this model's lines; returns how many there were. The songs' labels stay."""
        with writing(self._engine) as connection:
            return connection.execute(_LINES.delete().where(_LINES.c.model_fingerprint == self._fingerprint)).rowcount

    def _pending(self, after: str) -> Any:
        tagged = exists().where(
            and_(
                SongEmotion.song_id == Song.song_id,
                SongEmotion.model_fingerprint == self._labeller,
                SongEmotion.lyrics_hash == Song.lyrics_hash,
            )
        )
        return (
            select(Song.song_id, Song.lyrics, Song.lyrics_hash)
            .where(Song.lyrics.is_not(None), Song.song_id > after, ~tagged)
            .order_by(Song.song_id)
        )


def _row(song: SongEmotionRow, labeller: str) -> tuple[Any, ...]:
    # Plain numbers: the SQLite driver would store a NumPy scalar as bytes.
    counts, probabilities = map(int, song.counts), map(float, song.probabilities)
    return (song.song_id, labeller, song.lyrics_hash, song.n_lines, *counts, *probabilities, song.main_emotion)


def _blob(line_hash: str, probabilities: Probabilities) -> bytes:
    if probabilities.shape != (len(PROBABILITY_COLUMNS),):
        raise ValueError(f"line {line_hash}: seven probabilities are needed, not shape {probabilities.shape}")
    return probabilities.astype(_STORED_DTYPE).tobytes()
