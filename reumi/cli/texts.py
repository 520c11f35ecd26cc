"""Text from files and pipes: UTF-8, or one sentence about what it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reumi.errors import TextUnreadable

_BOM = b"\xef\xbb\xbf"


def text_lines(source: Iterable[bytes], name: str) -> Iterator[str]:
    """The lines of a binary stream without their ends, one by one, so that a pipe is read as it comes. Raises TextUnreadable.

    NUL is no text either: pictures, archives and UTF-16 hold it, and a person who reads one of them has named the wrong file.
    """
    for number, raw in enumerate(source, start=1):
        try:
            line = (raw.removeprefix(_BOM) if number == 1 else raw).decode("utf-8")
        except UnicodeDecodeError as error:
            raise TextUnreadable(name, number) from error
        if "\0" in line:
            raise TextUnreadable(name, number)
        yield line.rstrip("\r\n")
