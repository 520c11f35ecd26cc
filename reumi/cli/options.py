"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from reumi.settings import Settings

Command = TypeVar("Command", bound=Callable[..., object])


def database_option(command: Command) -> Command:
    """`--db URL`: passes `database_url`, an SQLAlchemy URL, falling back to the settings."""
    return click.option(
        "--db",
        "database_url",
        metavar="URL",
        callback=lambda _context, _option, value: database_url(value or Settings.load().database_url),
        help="Database URL or SQLite file [default: REUMI_DATABASE_URL, else reumi.db here].",
    )(command)


def model_option(command: Command) -> Command:
    """`--model PATH`: passes `model`, the folder of an emotion model, falling back to the settings; empty for the one that ships."""
    return click.option(
        "--model",
        metavar="PATH",
        callback=lambda _context, _option, value: value or Settings.load().model,
        help="Folder of the model [default: REUMI_MODEL, else the one that ships with ReUmi].",
    )(command)


def database_url(text: str) -> str:
    """Accept a URL, or the path of an SQLite file."""
    from storage.place import as_url

    return as_url(text)
