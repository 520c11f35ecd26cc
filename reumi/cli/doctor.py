"""`reumi doctor`: check this machine, the data and the site; each line says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.doctor_pages import pages
from reumi.cli.options import database_option

if TYPE_CHECKING:
    from reumi.doctor.finding import Finding
    from reumi.settings import Settings


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Neither start the browser nor use the network.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@database_option
@click.pass_context
def doctor(context: click.Context, quick: bool, as_json: bool, database_url: str) -> int:
    """Check browser, driver, fonts, clock, names, disk, database, schema, model, index, schedule, network and robots.txt.

    Each line is ok, warn or fail, with what to do. Exit 1 when a line is fail. Asks the site once, for its robots.txt.

    \b
    Example: reumi doctor
             reumi doctor --quick
    """
    if context.invoked_subcommand is not None:
        return 0
    worst = 0
    for check in _checks(database_url, quick):
        for finding in _findings(check):
            worst = max(worst, finding.level == "fail")
            click.echo(json.dumps(asdict(finding), ensure_ascii=False) if as_json else _line(finding))
    return int(worst)


doctor.add_command(pages)


def _checks(database_url: str, quick: bool) -> Iterator[Callable[[], Iterator[Finding]]]:
    from reumi.doctor import machine
    from reumi.settings import Settings

    settings = Settings.load()
    yield machine.python
    yield machine.names
    yield lambda: machine.browser(settings, start=not quick)
    yield machine.fonts
    yield machine.clock
    yield lambda: machine.room(_data_folder(database_url))
    yield lambda: _data(database_url)
    yield lambda: _model_and_index(settings, database_url)
    yield lambda: _schedule(settings)
    yield lambda: _site(settings, quick)


# Each imports what it looks at only when its turn comes: a package that is broken then spoils no other check.
def _data(database_url: str) -> Iterator[Finding]:
    from reumi.doctor import data

    yield from data.database(database_url)


def _model_and_index(settings: Settings, database_url: str) -> Iterator[Finding]:
    from reumi.doctor import data
    from reumi.encoder import folder_of_index

    yield from data.model(settings)
    yield from data.index(folder_of_index(settings, database_url))


def _schedule(settings: Settings) -> Iterator[Finding]:
    from reumi.doctor import data

    yield from data.schedule(Path(settings.schedule_file))


def _site(settings: Settings, quick: bool) -> Iterator[Finding]:
    from reumi.doctor import site

    yield from site.identity(settings)
    if not quick:
        yield from site.site(settings)


def _findings(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check's findings; one that breaks is itself a finding, so that the others are still made."""
    from reumi.doctor.finding import fail

    try:
        yield from check()
    except Exception as error:
        yield fail("doctor", f"a check broke: {type(error).__name__}: {error}", "report it, with this line")


def _data_folder(database_url: str) -> Path:
    from storage.place import sqlite_file

    file = sqlite_file(database_url)
    return file.absolute().parent if file is not None else Path.cwd()


def _line(finding: Finding) -> str:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[finding.level]
    mark = click.style(f"{finding.level:<4}", fg=colour)
    return f"{mark}  {finding.subject:<9} {finding.found}{f' → {finding.cure}' if finding.cure else ''}"
