"""The diary: an SQLite file of its own on this machine, which exists only once the person has turned it on."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from recommender.results import Recommendation
from reumi.errors import DiaryUnreadable

_SCHEMA = """
BEGIN;
CREATE TABLE IF NOT EXISTS entries (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT, written_at TEXT NOT NULL, text TEXT NOT NULL,
    emotion TEXT NOT NULL, probabilities TEXT NOT NULL, songs TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS switch (is_on INTEGER NOT NULL);
COMMIT;
"""
_TABLES = {"entries", "switch"}


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """An entry as kept: `written_at` in the local time of the machine, `songs` as {song_id, title, artist, emotion}."""

    entry_id: int
    written_at: datetime
    text: str
    emotion: str
    probabilities: dict[str, float]
    songs: list[dict[str, str]]


class DiaryStore:
    """Entries in a file that only its owner may read. Nothing is created before `turn_on`, and no other program's file is written to.

    Everything raises DiaryUnreadable where the file is none of ours, or cannot be used.
    """

    def __init__(self, place: Path) -> None:
        self.place = place

    @property
    def is_on(self) -> bool:
        """Whether new entries are kept."""
        if not self._is_begun:
            return False
        with self._open() as connection:
            row = connection.execute("SELECT is_on FROM switch").fetchone()
        return bool(row and row[0])

    def turn_on(self) -> None:
        """Begin to keep entries."""
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self.place.touch(mode=0o600)
        except OSError as error:
            raise DiaryUnreadable(
                f"the diary {self.place} cannot be made: {error.strerror}; set REUMI_DIARY to a place of your own"
            ) from error
        with self._open() as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and not tables >= _TABLES:
                raise DiaryUnreadable(f"the file {self.place} is another program's; set REUMI_DIARY to a place of your own")
            connection.executescript(_SCHEMA)
        self._switch(True)

    def turn_off(self) -> None:
        """Keep nothing new; what was kept stays until it is deleted."""
        if self._is_begun:
            self._switch(False)

    def keep(self, text: str, answer: Recommendation, written_at: datetime | None = None) -> int:
        """Keep an entry with its answer and return its id."""
        moment = (written_at or datetime.now()).isoformat(timespec="seconds")
        values = (moment, text, answer.emotion, _dump(answer.probabilities), _songs(answer))
        with self._open() as connection:
            cursor = connection.execute(
                "INSERT INTO entries (written_at, text, emotion, probabilities, songs) VALUES (?, ?, ?, ?, ?)", values
            )
            return int(cursor.lastrowid or 0)

    def change_songs(self, entry_id: int, answer: Recommendation) -> None:
        """Note the songs that were shown last for an entry."""
        with self._open() as connection:
            connection.execute("UPDATE entries SET songs = ? WHERE entry_id = ?", (_songs(answer), entry_id))

    def entries(self) -> list[DiaryEntry]:
        """All entries, newest first."""
        if not self._is_begun:
            return []
        with self._open() as connection:
            rows = connection.execute("SELECT * FROM entries ORDER BY written_at DESC, entry_id DESC").fetchall()
        return [DiaryEntry(row[0], datetime.fromisoformat(row[1]), row[2], row[3], json.loads(row[4]), json.loads(row[5])) for row in rows]

    def of_month(self, first: date) -> dict[date, list[DiaryEntry]]:
        """The entries of the month of a day, by day."""
        found: dict[date, list[DiaryEntry]] = {}
        for entry in self.entries():
            day = entry.written_at.date()
            if (day.year, day.month) == (first.year, first.month):
                found.setdefault(day, []).append(entry)
        return found

    def delete(self, entry_id: int) -> None:
        """Delete one entry; its text is overwritten in the file."""
        if not self._is_begun:
            return
        with self._open() as connection:
            connection.execute("DELETE FROM entries WHERE entry_id = ?", (entry_id,))

    def delete_all(self) -> None:
        """Delete the whole diary, file and all; this turns it off."""
        for part in (self.place, self.place.with_name(f"{self.place.name}-journal")):
            part.unlink(missing_ok=True)

    def export(self) -> str:
        """All entries as JSON, oldest first."""
        entries = [
            {
                "written_at": entry.written_at.isoformat(),
                "text": entry.text,
                "emotion": entry.emotion,
                "probabilities": entry.probabilities,
                "songs": entry.songs,
            }
            for entry in reversed(self.entries())
        ]
        return json.dumps(entries, ensure_ascii=False, indent=1)

    @property
    def _is_begun(self) -> bool:
        """Whether anything stands in the file: `turn_on` may have been broken off before it wrote."""
        return self.place.exists() and self.place.stat().st_size > 0

    def _switch(self, on: bool) -> None:
        with self._open() as connection:
            connection.execute("DELETE FROM switch")
            connection.execute("INSERT INTO switch VALUES (?)", (int(on),))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.place, timeout=10)) as connection, connection:
                connection.execute("PRAGMA secure_delete=ON")
                yield connection
        except sqlite3.Error as error:
            raise DiaryUnreadable(f"the diary {self.place} cannot be used: {error}; move the file away, or set REUMI_DIARY") from error


def default_place() -> Path:
    """`diary.db` in the user's data folder."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "reumi" / "diary.db"
    return Path.home() / ".local" / "share" / "reumi" / "diary.db"


def _songs(answer: Recommendation) -> str:
    return _dump([{"song_id": song.song_id, "title": song.title, "artist": song.artist, "emotion": song.emotion} for song in answer.songs])


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
