"""Database URLs, read without the database library: which SQLite file one means, and the same wherever a program is started."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from storage.errors import CannotOpen

_MEMORY = ":memory:"


def as_url(text: str) -> str:
    """A URL as it is; anything without `://` is the path of an SQLite file, and becomes its URL."""
    return text if "://" in text else _url("sqlite", text)


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL or bare path; None for a server, and for a database in memory.

    Raises CannotOpen for a path that no file can have.
    """
    scheme, _, rest = as_url(url).partition("://")
    path = unquote(rest.partition("?")[0].partition("/")[2])
    if scheme.partition("+")[0] != "sqlite" or path in ("", _MEMORY):
        return None
    if not is_path(path):
        raise CannotOpen(f"cannot open the database {path!r}: no file's name holds NUL or half a surrogate pair, name another")
    return Path(path)


def is_path(text: str) -> bool:
    """Whether the system can take a text for a path at all: it holds no NUL, and no half surrogate pair but those for odd bytes."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def absolute_url(url: str, folder: Path) -> str:
    """The URL whose SQLite file is that of `url` as seen from `folder`; a server's, or one in memory, as it is. Raises CannotOpen."""
    url = as_url(url)
    file = sqlite_file(url)
    if file is None:
        return url
    scheme = url.partition("://")[0]
    _, mark, query = url.partition("?")
    return f"{_url(scheme, str((folder / file).resolve()))}{mark}{query}"


def _url(scheme: str, path: str) -> str:
    # The two characters that would not be read back as part of a path; others, such as Hangul and spaces, stay readable.
    return f"{scheme}:///{path.replace('%', '%25').replace('?', '%3F')}"
