"""Checks that the commands of a schedule are ones that `reumi` understands, without running them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import click

from reumi.cli.main import cli
from reumi.schedule.errors import ScheduleInvalid
from reumi.schedule.plan import Job, SchedulePlan


def require_commands(plan: SchedulePlan) -> None:
    """Raise ScheduleInvalid for the first job whose command `reumi` would refuse."""
    for job in plan.jobs.values():
        mistake = mistake_in(job, plan.folder)
        if mistake is not None:
            raise ScheduleInvalid(plan.path, plan.lines.get(("jobs", job.name, "run")), f"`{job.command}`: {mistake}")


def mistake_in(job: Job, folder: Path) -> str | None:
    """What is wrong with a job's command, as one sentence; None where nothing is. Relative paths are those of `folder`."""
    # Click prints the help of a command that asks for it.
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        try:
            return _mistake(job)
        except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit):
            return f"`{job.command}` only prints help"
        except click.ClickException as error:
            return error.format_message()
        except Exception as error:
            if isinstance(getattr(error, "exit_code", None), int):
                return str(error)
            raise


def _mistake(job: Job) -> str | None:
    context = cli.make_context("reumi", list(job.arguments))
    while isinstance(group := context.command, click.Group):
        name, *rest = _words_left(context) or [""]
        if not name and group.invoke_without_command:
            break
        found = group.get_command(context, name)
        if found is None:
            return f"there is no command `{f'{context.command_path} {name}'.rstrip()}`"
        context = found.make_context(name, rest, parent=context)
    return _missing_folder(context)


def _words_left(context: click.Context) -> list[str]:
    """What a group left to its command: click keeps the command's name apart from the rest."""
    return [*context._protected_args, *context.args]


def _missing_folder(context: click.Context) -> str | None:
    """A file that the command would write into a folder that does not exist."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter.type, click.Path) and isinstance(value, str | Path) and not Path(value).parent.is_dir():
            return f"the folder {Path(value).parent} does not exist: make it first"
    return None
