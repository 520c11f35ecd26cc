"""Writes docs/reference/: commands, settings and the data dictionary, from the code itself. A test fails when a page is stale.

Run: python scripts/reference.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import copy
from dataclasses import fields
from pathlib import Path

import click
from sqlalchemy import Table

from reumi.cli.main import COMMANDS, cli
from reumi.settings import Settings
from storage.models import Base

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
_WIDTH = 100


def pages() -> dict[str, str]:
    """Every generated page: file name → content."""
    return {**dict(_command_pages()), "settings.md": _settings_page(), "data-dictionary.md": _dictionary_page()}


def _command_pages() -> Iterator[tuple[str, str]]:
    context = click.Context(cli, info_name="reumi", max_content_width=_WIDTH, terminal_width=_WIDTH, **cli.context_settings)
    table = ["# Commands", "", "| command | what it does |", "|---|---|"]
    for name, (_, _, line) in COMMANDS.items():
        table.append(f"| [`reumi {name}`]({name}.md) | {line} |")
        command = cli.get_command(context, name)
        if command is None:
            raise SystemExit(f"the command table names `{name}`, which does not exist")
        yield f"{name}.md", "\n".join([f"# reumi {name}", "", line, *_help(command, name, context)]) + "\n"
    yield "commands.md", "\n".join(table) + "\n"


def _help(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    # click keeps a command's help option from the first context that it was shown in, which may not have been the real command line's.
    command = copy(command)
    command._help_option = None
    context = click.Context(command, info_name=name, parent=parent, max_content_width=_WIDTH, terminal_width=_WIDTH)
    title = context.command_path
    yield from ("", f"## `{title} --help`", "", "```text", command.get_help(context).rstrip(), "```")
    if isinstance(command, click.Group):
        for sub in sorted(command.commands):
            yield from _help(command.commands[sub], sub, context)


def _settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "Later wins: the default, `reumi.toml` in the working folder, the environment, the command line.",
        "",
        "| in `reumi.toml` | in the environment | default | meaning |",
        "|---|---|---|---|",
    ]
    for item in fields(Settings):
        shown = f"`{item.default}`" if item.default != "" else "empty"
        bounds = "" if isinstance(item.default, str) else f" From {item.metadata['low']:,} to {item.metadata['high']:,}."
        lines.append(f"| `{item.name}` | `REUMI_{item.name.upper()}` | {shown} | {item.metadata['doc']}{bounds} |")
    return "\n".join(lines) + "\n"


def _dictionary_page() -> str:
    lines = ["# Data dictionary", "", "The tables of a data set, alike on SQLite and PostgreSQL. Instants are UTC; ids are text."]
    for mapper in sorted(Base.registry.mappers, key=lambda found: str(found.local_table)):
        table = mapper.local_table
        if not isinstance(table, Table):
            continue
        lines += ["", f"## {table.name}", "", (mapper.class_.__doc__ or "").strip().splitlines()[0], ""]
        lines += ["| column | type | null | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            key = " **key**" if column.primary_key else ""
            kind = type(column.type).__name__.lower()
            lines.append(f"| `{column.name}`{key} | {kind} | {'yes' if column.nullable else 'no'} | {column.doc or ''} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write all pages and remove those that no longer belong."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for old in REFERENCE.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (REFERENCE / name).write_text(content, encoding="utf-8")
    sys.stdout.write(f"{len(wanted)} pages in {REFERENCE.relative_to(Path.cwd())}\n")


if __name__ == "__main__":
    main()
