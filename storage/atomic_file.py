"""A file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_READ_ONLY = "this user may not write there: name another place"
_FULL = "the disk is full: free some space and run the command again"
_CAUSES = {
    errno.ENOENT: "its folder does not exist: make it, or name another",
    errno.ENOTDIR: "its folder is a file: name another",
    errno.EISDIR: "it is a folder: name a file",
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _READ_ONLY),
}


def not_written(path: Path, error: OSError) -> str:
    """The sentence for a file that could not be written: which, why, and what to do."""
    return f"cannot write {path}: {_CAUSES.get(error.errno or 0) or error.strerror or error}"


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A seekable binary file that takes the place of `path` at the end of the block, on disk, in one step.

    Where the system has nameless files (Linux) a killed process leaves nothing behind; elsewhere a hidden `.part` file.
    """
    folder = path.parent
    part = folder / f".{path.name}.{uuid.uuid4().hex[:8]}.part"
    nameless = _open_nameless(folder)
    handle = os.fdopen(nameless, "w+b") if nameless is not None else part.open("w+b")
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
            if nameless is not None:
                _give_name(handle.fileno(), part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def _open_nameless(folder: Path) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not Path("/proc/self/fd").is_dir():
        return None
    try:
        descriptor = os.open(folder, flag | os.O_RDWR, 0o666)
    except OSError:
        return None  # the file system has none: a hidden name will do
    return descriptor


def _give_name(descriptor: int, path: Path) -> None:
    # Only relative to a folder's descriptor does Python's os.link follow the link that stands for a nameless file.
    own_files = os.open("/proc/self/fd", os.O_RDONLY)
    try:
        os.link(str(descriptor), path, src_dir_fd=own_files, follow_symlinks=True)
    finally:
        os.close(own_files)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
