"""Where in a TOML file a value stands: the standard library's parser does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

KeyPath = tuple[str, ...]


def line_numbers(text: str) -> dict[KeyPath, int]:
    """Line (from 1) of every table and key of a valid TOML text; keys of inline tables have the line of their statement."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, statement in _statements(text):
        parsed = tomllib.loads(statement)
        is_header = statement.lstrip().startswith("[")
        for path in _paths(parsed):
            found.setdefault(path if is_header else (*table, *path), number)
        if is_header:
            table = _deepest(parsed)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment with its first line: the shortest run of lines that is TOML by itself."""
    # Not `splitlines`: it would also cut at U+2028 and others, which are ordinary characters in TOML.
    lines, start = text.replace("\r\n", "\n").split("\n"), 0
    while start < len(lines):
        end = start + 1
        while not _is_toml("\n".join(lines[start:end])) and end < len(lines):
            end += 1
        yield start + 1, "\n".join(lines[start:end])
        start = end


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
    if isinstance(inner, dict):
        for key, item in inner.items():
            yield from _paths(item, (*path, key))


def _deepest(parsed: dict[str, Any]) -> KeyPath:
    return max(_paths(parsed), key=len, default=())
