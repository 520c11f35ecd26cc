"""How a long command shows how far it is: a bar on a terminal, a plain line now and then in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Advance = Callable[[int, int | None], None]
_SECONDS_BETWEEN_LINES = 5.0


def counted(number: int, thing: str) -> str:
    """`1 song`, `1,234 songs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@contextmanager
def steps(what: str, unit: str) -> Iterator[Advance]:
    """Gives `advance(done, total or None)`; everything is shown on stderr, so that stdout stays for the command's own words."""
    if not sys.stderr.isatty():
        yield _lines(what, unit)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(what: str, unit: str) -> Advance:
    last = time.monotonic()

    def advance(done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            click.echo(f"{what}: {done:,}{f' of {total:,}' if total else ''} {unit}", err=True)

    return advance
