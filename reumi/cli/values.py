"""Kinds of option values that click lacks, each refused in one sentence where it is parsed: UTF-8 text, numbers with bounds."""

from __future__ import annotations

import math
from typing import Any

import click

# More than there will ever be of songs, likes or requests, and less than any database's integers hold.
MOST = 1_000_000_000


class Text(click.types.StringParamType):
    """Text that UTF-8 can carry: Python makes half surrogate pairs of other bytes, which no database, index or page takes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text itself. Raises BadParameter."""
        text = super().convert(value, param, ctx)
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                self.fail(f"{text!r} is no UTF-8 text: write it in a terminal, or a file, that uses UTF-8", param, ctx)
        return text


class Number(click.FloatRange):
    """A number within bounds; `nan`, which click's own range lets through, lies within none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises BadParameter."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number within {self._describe_range()}", param, ctx)
        return number


TEXT = Text()
