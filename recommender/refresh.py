"""Keeps the index in step with the data set: nothing to do, an addition, or a rebuild, whichever is due.

An SQLite file whose stamp is that of the last look is known to be unchanged without opening it; only then can an answer do without the
database library. An index that is damaged, of another format or of another data set is rebuilt: it holds nothing that the database lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.build import add, build, rebuild_is_due, writing
from recommender.embedding import Encoder
from recommender.errors import IndexDamaged, IndexUnwritable
from recommender.index import Index, Manifest
from recommender.place import Stamp, index_folder, read_stamp, stamp_of
from recommender.segment import hash_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.snapshot import IndexRow

__all__ = ["index_folder", "refresh"]

# A transaction carries the time at which it began to write; one that lasted this long is still noticed. Unchanged songs are skipped.
_OVERLAP = timedelta(hours=1)
# More changed songs than both of these, and writing the index anew costs less than comparing them one by one.
_MOST_CHANGED, _MOST_CHANGED_SHARE = 1000, 0.2


def refresh(folder: Path, database: str, *, rebuild: bool = False, encoder: Encoder | None = None) -> Index:
    """Bring the index up to date and open it. An index belongs to one encoder, or to none, for as long as it lives.

    While another process writes it, the index as published is opened at once; only where there is none yet does a reader wait.
    Raises a storage error when there is no data set, IndexUnwritable when the folder cannot be written.
    """
    stamp = stamp_of(database)
    last = read_stamp(folder)
    if not rebuild and stamp is not None and last == stamp:
        index = _open_whole(folder)
        if index is not None:
            return index
    replaced = stamp is not None and last is not None and last.file != stamp.file
    try:
        wait = rebuild or _open_whole(folder) is None
        _bring_up_to_date(folder, database, stamp, encoder, rebuild=rebuild or replaced, wait=wait)
    except OSError as error:
        raise IndexUnwritable(
            f"the index in {folder} cannot be written ({error}); free it, or name another folder in REUMI_INDEX_DIR"
        ) from error
    index = Index.open(folder)
    if index is None:
        raise IndexDamaged(f"the index in {folder} vanished while it was opened; run `reumi index`")
    return index


def _bring_up_to_date(folder: Path, database: str, stamp: Stamp | None, encoder: Encoder | None, *, rebuild: bool, wait: bool) -> None:
    from storage.schema import open_for_reading
    from storage.snapshot import data_version

    engine = open_for_reading(database)
    try:
        with writing(folder, wait=wait) as ours:
            if not ours:
                return
            version = data_version(engine)
            current = None if rebuild else _open_whole(folder)
            if current is None or _is_of_another_past(current.manifest, version) or rebuild_is_due(current.manifest):
                _build(folder, engine, version, encoder)
            elif current.manifest.data_version != version:
                _add(folder, engine, version, current, encoder)
            # The stamp was taken before the first row was read: a change since then shows at the next look.
            if stamp is not None:
                # One too young to prove anything still tells which file it was.
                (stamp if stamp.is_settled else Stamp(stamp.file, ())).write(folder)
    finally:
        engine.dispose()


def _open_whole(folder: Path) -> Index | None:
    """The published index; None where there is none, or none that can be read."""
    try:
        return Index.open(folder)
    except IndexDamaged:
        return None


def _is_of_another_past(manifest: Manifest, version: str) -> bool:
    """Whether the database is another data set, or an earlier state of the same (a backup put back): then no addition tells enough."""
    own, _, own_revision = manifest.data_version.rpartition("-")
    other, _, revision = version.rpartition("-")
    return own != other or not own_revision.isdigit() or int(own_revision) > int(revision)


def _build(folder: Path, engine: Engine, version: str, encoder: Encoder | None) -> None:
    from storage.snapshot import index_rows

    read_at = datetime.now(UTC)
    build(folder, index_rows(engine, None), version, read_at, encoder)


def _add(folder: Path, engine: Engine, version: str, index: Index, encoder: Encoder | None) -> None:
    from storage.snapshot import index_rows

    read_at = datetime.now(UTC)
    most = max(_MOST_CHANGED, int(_MOST_CHANGED_SHARE * len(index)))
    rows = list(islice(index_rows(engine, None, since=index.manifest.read_at - _OVERLAP), most + 1))
    if len(rows) > most:
        _build(folder, engine, version, encoder)
        return
    untagged = [row.song_id for row in rows if not row.main_emotion]
    add(folder, _changed(index, rows), untagged, version, read_at, encoder)


def _changed(index: Index, rows: list[IndexRow]) -> Iterator[IndexRow]:
    """Leave out rows that the index already holds as they are."""
    places = index.places({hash_id(row.song_id) for row in rows})
    for row in rows:
        place = places.get(hash_id(row.song_id))
        if place is None or not place[0].holds(place[1], row):
            yield row
