"""Keeps the index in step with the data set: nothing to do, an addition, or a rebuild, whichever is due.

An SQLite file whose size and time of change are those of the last look is known to be unchanged without opening it; only then can an
answer do without the database library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.build import add, build, rebuild_is_due, writing
from recommender.errors import IndexDamaged
from recommender.index import Index, Manifest
from recommender.segment import hash_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.snapshot import IndexRow

STAMP = "stamp.json"
# A transaction carries the time at which it began to write; one that lasted this long is still noticed. Unchanged songs are skipped.
_OVERLAP = timedelta(hours=1)


def index_folder(database: str) -> Path:
    """Where the index of a data set lies by default: beside an SQLite file, in the working folder for a server."""
    path = _sqlite_path(database)
    if path is not None:
        return path.with_name(f"{path.name}.index")
    return Path(f"reumi-index-{hashlib.sha256(database.encode()).hexdigest()[:12]}")


def refresh(folder: Path, database: str, *, rebuild: bool = False) -> Index:
    """Bring the index up to date and open it. Raises a storage error when there is no data set, IndexDamaged (not with `rebuild`)."""
    stamp = _stamp_of(database)
    if not rebuild and stamp is not None and _read_stamp(folder) == stamp:
        index = Index.open(folder)
        if index is not None:
            return index
    _bring_up_to_date(folder, database, rebuild)
    if stamp is not None:
        (folder / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    index = Index.open(folder)
    if index is None:
        raise IndexDamaged(f"the index in {folder} vanished while it was opened; run `reumi index`")
    return index


def _bring_up_to_date(folder: Path, database: str, rebuild: bool) -> None:
    from storage.schema import open_for_reading
    from storage.snapshot import data_version

    engine = open_for_reading(database)
    try:
        with writing(folder):
            version = data_version(engine)
            manifest = None if rebuild else Manifest.read(folder)
            if manifest is None or rebuild_is_due(manifest):
                _build(folder, engine, version)
            elif manifest.data_version != version:
                _add(folder, engine, version, manifest)
    finally:
        engine.dispose()


def _build(folder: Path, engine: Engine, version: str) -> None:
    from storage.snapshot import index_rows

    read_at = datetime.now(UTC)
    build(folder, index_rows(engine, None), version, read_at)


def _add(folder: Path, engine: Engine, version: str, manifest: Manifest) -> None:
    from storage.snapshot import index_rows

    read_at = datetime.now(UTC)
    same_data_set = manifest.data_version.rpartition("-")[0] == version.rpartition("-")[0]
    if not same_data_set:
        build(folder, index_rows(engine, None), version, read_at)
        return
    index = Index.open(folder)
    if index is None:
        raise IndexDamaged(f"the index in {folder} vanished while it was opened; run `reumi index`")
    rows = list(index_rows(engine, None, since=manifest.read_at - _OVERLAP))
    untagged = [row.song_id for row in rows if not row.main_emotion]
    add(folder, _changed(index, rows), untagged, version, read_at)


def _changed(index: Index, rows: list[IndexRow]) -> Iterator[IndexRow]:
    """Leave out rows that the index already holds as they are."""
    places = index.places({hash_id(row.song_id) for row in rows})
    for row in rows:
        place = places.get(hash_id(row.song_id))
        if place is None or not place[0].holds(place[1], row):
            yield row


def _sqlite_path(database: str) -> Path | None:
    if "://" not in database:
        return Path(database)
    scheme, _, rest = database.partition("://")
    if scheme.split("+")[0] != "sqlite":
        return None
    return Path(rest.removeprefix("/").partition("?")[0])


def _stamp_of(database: str) -> list[int] | None:
    """Sizes and times of change of an SQLite file and its write-ahead log; None for a server or an absent file."""
    path = _sqlite_path(database)
    if path is None or not path.exists():
        return None
    stamp: list[int] = []
    for part in (path, path.with_name(f"{path.name}-wal")):
        facts = part.stat() if part.exists() else None
        stamp += [facts.st_size, facts.st_mtime_ns] if facts and facts.st_size else [0, 0]
    return stamp


def _read_stamp(folder: Path) -> list[int] | None:
    try:
        stamp: list[int] = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp
