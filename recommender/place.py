"""Where a data set's index lies, and whether an SQLite file has changed since it was last looked at."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from storage.place import sqlite_file

STAMP = "stamp.json"
# Two changes within one tick of the file system's clock leave one time of change; a stamp that young proves nothing.
_TICK_NS = 20_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system tells of an SQLite file without opening it.

    `file` tells the file from another put in its place: path, device and inode. `state` holds size, time of content change and time
    of any change (ns) of the file and of its write-ahead log, zeros for an absent or empty log; empty where only the file is known.
    """

    file: tuple[str, int, int]
    state: tuple[int, ...]

    @property
    def is_settled(self) -> bool:
        """Whether a later change must show in another stamp."""
        return time.time_ns() - max(self.state[1], self.state[2], self.state[4], self.state[5]) > _TICK_NS

    def write(self, index: Path) -> None:
        """Keep it with the index, in one step."""
        draft = index / f"{STAMP}.new"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(index / STAMP)


def stamp_of(database: str) -> Stamp | None:
    """The stamp of an SQLite file as it is now; None for a server, a database in memory, and a file that is absent or out of reach."""
    path = sqlite_file(database)
    try:
        return _stamp(path) if path is not None and path.is_file() else None
    except OSError:  # whoever opens it says why
        return None


def _stamp(path: Path) -> Stamp:
    facts = path.stat()
    log = path.with_name(f"{path.name}-wal")
    log_facts = log.stat() if log.exists() else None
    state = [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns]
    state += [log_facts.st_size, log_facts.st_mtime_ns, log_facts.st_ctime_ns] if log_facts and log_facts.st_size else [0, 0, 0]
    return Stamp((str(path.resolve()), facts.st_dev, facts.st_ino), tuple(state))


def read_stamp(index: Path) -> Stamp | None:
    """The stamp of the last look; None where there is none or it cannot be read, which costs one more look."""
    try:
        data = json.loads((index / STAMP).read_text(encoding="utf-8"))
        return Stamp(tuple(data["file"]), tuple(data["state"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def index_folder(database: str, index_dir: str | Path | None = None, encoder: str = "") -> Path:
    """Where the index of a data set lies: `index_dir`, else beside an SQLite file, or in the working folder for a server.

    Each sentence encoder (its fingerprint) has an index of its own, so that programs with and without it do not rebuild each other's.

    A server's folder is named by a digest of host, port, name and options of its URL; who asks, and the password, play no part.
    """
    folder = Path(index_dir) if index_dir else _default_folder(database)
    return folder.with_name(f"{folder.name}-{encoder[:8]}") if encoder else folder


def _default_folder(database: str) -> Path:
    path = sqlite_file(database)
    if path is not None:
        return path.with_name(f"{path.name}.index")
    url = urlsplit(database)
    place = f"{url.netloc.rpartition('@')[2]}{url.path}?{url.query}"
    return Path(f"reumi-index-{hashlib.sha256(place.encode()).hexdigest()[:12]}")
