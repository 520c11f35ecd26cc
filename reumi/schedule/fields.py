"""Reading the values of a schedule file, each error with its line."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from reumi.schedule.errors import ScheduleInvalid
from reumi.schedule.toml_lines import KeyPath

Value = TypeVar("Value")


class Section:
    """One table of the file: gives its values, and refuses what it does not know."""

    def __init__(self, path: Path, lines: Mapping[KeyPath, int], where: KeyPath, values: object) -> None:
        self._path = path
        self._lines = lines
        self._where = where
        if not isinstance(values, dict):
            raise self.wrong(None, f"`{'.'.join(where)}` must be a table: write [{'.'.join(where)}]")
        self.values: dict[str, Any] = values

    def wrong(self, key: str | None, sentence: str) -> ScheduleInvalid:
        """The error for a key of this table, or for the table itself."""
        path = self._where if key is None else (*self._where, key)
        return ScheduleInvalid(self._path, self._lines.get(path) or self._lines.get(self._where), sentence)

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are not known, with the nearest that is."""
        names = list(known)
        for key in self.values:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(names)}"
                place = f"[{'.'.join(self._where)}]" if self._where else "the file"
                raise self.wrong(key, f"{place} has no key `{key}`: {hint}")

    def inner(self, key: str) -> Section:
        """A table within this one; an absent one is empty."""
        return Section(self._path, self._lines, (*self._where, key), self.values.get(key, {}))

    def read(self, key: str, reader: Callable[[Any], Value], default: Value) -> Value:
        """One value; the reader's ValueError gets the line."""
        if key not in self.values:
            return default
        try:
            return reader(self.values[key])
        except ValueError as error:
            raise self.wrong(key, f"`{key}`: {error}") from error


def text(value: Any) -> str:
    """A string without NUL, which neither a path nor an argument of a command can hold."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text: put it in quotes")
    if "\0" in value:
        raise ValueError(f"{value!r} holds a NUL character: remove it")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def number(low: int, high: int) -> Callable[[Any], int]:
    """A reader of whole numbers within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} is no whole number from {low} to {high}")
        return value

    return read


def texts(value: Any) -> tuple[str, ...]:
    """A list of such strings."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'{value!r} is no list of texts: write ["one", "two"]')
    return tuple(map(text, value))


def command(value: Any) -> tuple[str, ...]:
    """A command as one text or as a list of its words."""
    try:
        words = tuple(shlex.split(text(value))) if isinstance(value, str) else texts(value)
    except ValueError as error:
        raise ValueError(f"{value!r} cannot be read as a command: {error}") from error
    if not words:
        raise ValueError("the command is empty")
    return words
