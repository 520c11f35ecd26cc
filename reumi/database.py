"""The data set as a process that lives long reads it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from recommender.place import stamp_of

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Database:
    """A data set open for reading, safe to share between threads; opened anew once another SQLite file has taken its place."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._file: tuple[str, int, int] | None = None

    @property
    def engine(self) -> Engine:
        """The open database; ask anew for every piece of work. Raises a storage error. May wait for another thread that opens it."""
        from storage.schema import open_for_reading

        # Looked at before it is opened: a file that is put there in between shows at the next use. Since the old one stays open until
        # then, no other can get its inode.
        stamp = stamp_of(self._url)
        with self._lock:
            if self._engine is not None and stamp is not None and stamp.file != self._file:
                self._let_go()
            if self._engine is None:
                self._engine = open_for_reading(self._url)
                self._file = stamp.file if stamp is not None else None
            return self._engine

    def close(self) -> None:
        """Let the database go; the next use opens it again."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
