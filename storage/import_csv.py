"""Takes songs in from files: the original's CSV, its like with other column names, and ReUmi's own exports in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from storage.atomic_file import atomic_file, not_written
from storage.clock import Clock, utc_now
from storage.csv_lines import FORMULA_STARTS
from storage.emotions import SAVE_EMOTIONS
from storage.engine import writing
from storage.errors import ImportFailed
from storage.export import manifest_path
from storage.import_columns import columns_of
from storage.import_merge import COLUMNS, differs, merged
from storage.import_rows import IMPORTED_MODEL, ImportedSong, RowRefused, song_of
from storage.known import CHUNK
from storage.likes import APPEND_LIKES
from storage.models import ModelVersion, Song, SongEmotion
from storage.readers import SourceRow, read_rows
from storage.revision import move_on
from storage.upsert import Upsert

_SONGS: Any = Song.__table__
_MODELS: Any = ModelVersion.__table__
_EMOTIONS: Any = SongEmotion.__table__
SAVE_SONGS = Upsert(_SONGS, COLUMNS)
_KNOWN_MODEL = Upsert(_MODELS, ("fingerprint", "name", "kind", "created_at"), append=True)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken in."""

    line: int
    reason: str
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Imported:
    """What an import did, or with a dry run would do. `columns` maps the file's columns to fields; `ignored` are the others."""

    columns: dict[str, str]
    ignored: list[str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    labelled: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    rejects_file: Path | None = None


def import_file(
    engine: Engine,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    file_format: str | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
    clock: Clock = utc_now,
) -> Imported:
    """Take a file's songs in, all in one transaction; reading the same file again changes nothing.

    `columns` maps column names to fields where the known names do not fit. Rows that cannot be songs are written with
    line and reason to `<file>.rejects.csv`. A dry run does the same and takes it all back. `progress` is told the songs read so
    far. Raises ImportFailed.
    """
    names, rows = read_rows(path, file_format, encoding)
    mapped = columns_of(path, names, columns or {})
    report = Imported(mapped, [name for name in names if name not in mapped])
    songs = _songs(_unguarded(path, rows), mapped, report)
    with writing(engine, alone=True) as connection:
        _Import(connection, report, clock(), progress).take(songs)
        if dry_run:
            connection.rollback()
        elif report.rejections:
            # Before the commit: rows that are neither taken in nor told of would be lost.
            report.rejects_file = path.with_name(f"{path.name}.rejects.csv")
            _write_rejects(report.rejects_file, report.rejections)
    return report


def _songs(rows: Iterable[SourceRow], columns: Mapping[str, str], report: Imported) -> Iterator[ImportedSong]:
    seen: dict[str, tuple[int, int]] = {}
    for line, cells in rows:
        try:
            song = song_of({name: cells.get(column) for column, name in columns.items()})
        except RowRefused as refused:
            report.rejections.append(Rejection(line, str(refused), cells))
            continue
        words = hash(song.fields.get("lyrics"))
        first = seen.setdefault(song.song_id, (line, words))
        if first[0] == line:
            yield song
        elif first[1] == words:
            report.repeated += 1
        else:
            report.rejections.append(
                Rejection(line, f"the song of line {first[0]} again, with other lyrics: give it an id of its own", cells)
            )


class _Import:
    """One import's transaction."""

    def __init__(self, connection: Connection, report: Imported, now: datetime, progress: Callable[[int], None] | None) -> None:
        self._connection = connection
        self._report = report
        self._now = now
        self._progress = progress

    def take(self, songs: Iterator[ImportedSong]) -> None:
        done = 0
        while batch := list(islice(songs, CHUNK)):
            self._save(batch)
            done += len(batch)
            if self._progress is not None:
                self._progress(done)
        if self._report.new or self._report.changed or self._report.labelled:
            move_on(self._connection)

    def _save(self, songs: list[ImportedSong]) -> None:
        stored = self._stored(_SONGS, [song.song_id for song in songs])
        rows = {song.song_id: merged(song, stored.get(song.song_id), self._now) for song in songs}
        changed = [row for song_id, row in rows.items() if differs(row, stored.get(song_id))]
        fresh = sum(row["song_id"] not in stored for row in changed)
        self._report.new += fresh
        self._report.changed += len(changed) - fresh
        self._report.unchanged += len(songs) - len(changed)
        SAVE_SONGS.run(self._connection, [tuple(row[name] for name in COLUMNS) for row in changed])
        APPEND_LIKES.run(self._connection, _observations(songs, rows, stored))
        self._save_labels(songs, rows)

    def _save_labels(self, songs: Sequence[ImportedSong], rows: Mapping[str, Mapping[str, Any]]) -> None:
        labelled = [song for song in songs if song.labels is not None]
        stored = self._stored(_EMOTIONS, [song.song_id for song in labelled])
        labels = [row for song in labelled if (row := _label_row(song, rows[song.song_id], stored, self._now)) is not None]
        models = sorted({str(row[1]) for row in labels})
        kinds = [(name, "imported labels" if name == IMPORTED_MODEL else name[:12], "import", self._now) for name in models]
        _KNOWN_MODEL.run(self._connection, kinds)
        SAVE_EMOTIONS.run(self._connection, labels)
        # A label may carry an older time of its own: the song's row tells those who ask for what was written lately.
        touched = [row[0] for row in labels]
        self._connection.execute(update(_SONGS).where(_SONGS.c.song_id.in_(touched)).values(updated_at=self._now))
        self._report.labelled += len(labels)

    def _stored(self, table: Any, song_ids: list[str]) -> dict[Any, dict[str, Any]]:
        found = self._connection.execute(select(table).where(table.c.song_id.in_(song_ids))).mappings()
        if table is _SONGS:
            return {row["song_id"]: dict(row) for row in found}
        return {(row["song_id"], row["model_fingerprint"]): dict(row) for row in found}


def _observations(songs: Sequence[ImportedSong], rows: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Likes that are news: those with their own time, and those that have become the song's latest."""
    seen = []
    for song in songs:
        row, before = rows[song.song_id], stored.get(song.song_id)
        if song.fields.get("likes") is None:
            continue
        if "likes_at" in song.fields:
            seen.append((song.song_id, song.fields["likes_at"], song.fields["likes"], None))
        elif before is None or before["likes_at"] != row["likes_at"]:
            seen.append((song.song_id, row["likes_at"], row["likes"], None))
    return seen


def _label_row(
    song: ImportedSong, row: Mapping[str, Any], stored: Mapping[Any, Mapping[str, Any]], now: datetime
) -> tuple[Any, ...] | None:
    """The row of `song_emotions`, None where it stands there already."""
    labels = song.labels
    assert labels is not None
    before = stored.get((song.song_id, labels.model_fingerprint))
    values = (
        *(song.song_id, labels.model_fingerprint, labels.lyrics_hash or row["lyrics_hash"] or "", labels.n_lines),
        *(*labels.counts, *labels.probabilities, labels.main_emotion),
    )
    if before is not None and tuple(before.values())[:-1] == values:
        return None
    if before is not None and labels.tagged_at is not None and labels.tagged_at < before["tagged_at"]:
        return None
    return (*values, labels.tagged_at or now)


def _unguarded(path: Path, rows: Iterator[SourceRow]) -> Iterator[SourceRow]:
    """Takes back the apostrophes of a CSV export whose manifest says that it was guarded against formulas."""
    try:
        manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
        guarded = manifest["formula_guard"] and manifest["format"] == "csv"
    except (OSError, ValueError, KeyError, TypeError):
        guarded = False
    if not guarded:
        return rows
    return ((line, {name: _without_guard(cell) for name, cell in cells.items()}) for line, cells in rows)


def _without_guard(cell: Any) -> Any:
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS) else cell


def _write_rejects(path: Path, rejections: Sequence[Rejection]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["line", "reason", "row"])
    writer.writerows([item.line, item.reason, json.dumps(item.cells, ensure_ascii=False, default=str)] for item in rejections)
    try:
        with atomic_file(path) as target:
            target.write(text.getvalue().encode("utf-8-sig", errors="backslashreplace"))
    except OSError as error:
        raise ImportFailed(f"{not_written(path, error)}; nothing was taken in") from error
