"""The storage's errors, named by what the caller should do.

StorageError
├── CannotOpen         the URL, file, driver, password or folder is not usable: correct it
│   └── NoDataSet      there is no SQLite file yet: crawl or import first
├── SchemaOutdated     the database is older than this program: upgrade it
├── SchemaNewer        the database is newer than this program: install a newer ReUmi
├── UnknownRevision    no schema has that name: nothing was migrated
├── CannotWrite        disk full, read-only or broken: nothing of the transaction was kept
├── Busy               another process held the file for longer than the time-out
├── TextRefused        a text that no database can hold (NUL, half a surrogate pair)
├── UnknownPage        a crawl page that its run's frontier does not have
├── UnknownSong        no stored song has that id
├── ExportFailed       the file could not be written: no partial file is left
├── ImportFailed       the file could not be read as songs: nothing was changed
└── CopyFailed         the copy differs from its source or its target is not empty

Every error is meant for people: it carries `exit_code`, and `str(error)` is one sentence (what, where, what to do).
Passwords never appear in one.
"""

from __future__ import annotations


class StorageError(Exception):
    """Root of the storage's errors."""

    exit_code = 1


class CannotOpen(StorageError):
    """The database cannot be opened: the sentence names the place and the cure."""


class NoDataSet(CannotOpen):
    """A command that only reads was given an SQLite file that does not exist, or that holds nothing yet."""

    def __init__(self, place: str) -> None:
        super().__init__(f"there is no data set at {place} yet: run `reumi crawl` or `reumi import FILE` first")
        self.place = place


class SchemaOutdated(StorageError):
    """The database's schema is older than this program's."""

    def __init__(self, place: str, found: str, wanted: str) -> None:
        super().__init__(f"the database {place} has the older schema {found}, this ReUmi needs {wanted}: run `reumi db upgrade`")
        self.found = found
        self.wanted = wanted


class SchemaNewer(StorageError):
    """The database's schema is one that this program does not know."""

    def __init__(self, place: str, found: str, wanted: str) -> None:
        super().__init__(
            f"the database {place} has schema {found}, which this ReUmi (schema {wanted}) does not know: install the ReUmi that wrote it"
        )
        self.found = found
        self.wanted = wanted


class UnknownRevision(StorageError):
    """A schema revision that this program does not have, or that lies the other way; nothing was migrated."""

    exit_code = 2

    def __init__(self, revision: str, known: list[str]) -> None:
        super().__init__(f"cannot go to schema {revision!r}: name one of {', '.join(known)}, on the right side of the present one")


class CannotWrite(StorageError):
    """The database refused a write; the transaction was rolled back."""


class Busy(StorageError):
    """Another process kept the database locked for longer than the time-out."""


class TextRefused(StorageError):
    """A text holds a character that the databases cannot store alike."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where} holds {what}, which cannot be stored: remove it")


class UnknownPage(StorageError):
    """A page that its run's frontier does not have."""

    def __init__(self, run_id: str, key: str) -> None:
        super().__init__(f"crawl run {run_id} has no page {key}: add it to the frontier first")


class UnknownSong(StorageError):
    """No stored song has this id."""

    exit_code = 2

    def __init__(self, song_id: str) -> None:
        super().__init__(f"no song {song_id} is stored: find ids with `reumi songs --text WORDS`")
        self.song_id = song_id


class ExportFailed(StorageError):
    """An export could not be written; whatever stood under that name before still stands."""


class ImportFailed(StorageError):
    """A file could not be read as songs; the database is unchanged."""


class CopyFailed(StorageError):
    """A database copy or backup was not made, or did not equal its source."""
