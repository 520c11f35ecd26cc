"""Entry point of the `reumi` command: finds the subcommand's file only when it is asked for, so that `--help` stays instant."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from reumi import __version__

# Command → (module in this folder, attribute, one line for `reumi --help`). Nothing is imported until a command runs.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "crawl": ("crawl", "crawl", "Read genre lists, charts and song pages into the database."),
    "history": ("history", "history", "Likes and chart ranks of a song over time."),
    "tag": ("tag", "tag", "Give every song its emotion labels."),
    "predict": ("predict", "predict", "Read the emotion of text, a line at a time."),
    "recommend": ("recommend", "recommend", "Songs that fit a diary entry, with reasons."),
    "index": ("index", "index", "Build or refresh the recommender's index."),
    "songs": ("songs", "songs", "Search and filter the stored songs."),
    "song": ("songs", "song", "Everything known about one song."),
    "stats": ("stats", "stats", "What the data set holds."),
    "export": ("export", "export", "Write the data set to a file."),
    "import": ("import_", "import_", "Take in the original's CSV files and their like."),
    "db": ("db", "db", "Create, upgrade, check, back up and copy the database."),
    "dataset": ("dataset", "dataset", "Build a training set from labelled corpora."),
    "train": ("train", "train", "Train an emotion model."),
    "evaluate": ("evaluate", "evaluate", "Measure an emotion model on labelled sentences."),
    "model": ("model", "model", "Show, list and import models."),
    "evaluate-recommender": ("evaluate_recommender", "evaluate_recommender", "Measure the recommender on judged diaries."),
    "schedule": ("schedule", "schedule", "Run crawls and what follows on a timetable."),
    "runs": ("runs", "runs", "Past runs: verdict, counts, duration, log."),
    "status": ("status", "status", "One-screen health of everything."),
    "doctor": ("doctor", "doctor", "Check this machine: browser, database, model, clock."),
    "web": ("web", "web", "The screen where people write a diary and see songs."),
    "api": ("api", "api", "The same answers over HTTP."),
    "demo": ("demo", "demo", "The whole job in one go, on a local Melon."),
    "replica": ("replica", "replica", "A local Melon with original songs, to try everything on."),
}

# How the system refuses to look at a place that a person named; any other error of a file that comes this far is a bug.
_UNUSABLE_PATHS = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP)


class LazyCommands(click.Group):
    """A group whose subcommands are imported when first used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Every command's name, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """Import the file of one command; None for a name that is no command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"reumi.cli.{module}"), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the error about one that does not exist names the nearest, which click cannot know without importing all."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            said = f"There is no command {error.command_name!r}; `reumi --help` lists them."
            raise click.NoSuchCommand(error.command_name, said, possibilities=COMMANDS, ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Write the list of commands from their one-line descriptions, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=False)
@click.version_option(__version__, prog_name="reumi")
def cli() -> None:
    """Read Your Mind: crawl songs, read their feeling, answer a diary with the songs that fit.

    Example: reumi recommend "오늘은 괜히 눈물이 났다"
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error meant for people becomes one line on stderr and a non-zero exit."""
    _speak_utf8()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        outcome: Any = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.NoArgsIsHelpError as shown:
        shown.show()
        return 2
    except click.ClickException as error:
        click.echo(f"reumi: {error.format_message()}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("reumi: stopped", err=True)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has enough; a later flush of stdout must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in _UNUSABLE_PATHS or error.filename is None:
            raise
        click.echo(f"reumi: {os.fsdecode(error.filename)} cannot be used ({(error.strerror or '').lower()}): name another place", err=True)
        return 1
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if not isinstance(code, int):
            raise
        click.echo(f"reumi: {error}", err=True)
        return code


def _speak_utf8() -> None:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="surrogateescape" if stream is sys.stdin else "replace")
