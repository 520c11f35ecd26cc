"""Checks that the commands of a schedule are ones that `reumi` understands, without running them."""

from __future__ import annotations

import contextlib
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
    with contextlib.chdir(folder):
        try:
            return _mistake(job)
        except click.ClickException as error:
            return error.format_message()
        except click.exceptions.Exit:
            return f"`{job.command}` only prints help"
        except Exception as error:
            if isinstance(getattr(error, "exit_code", None), int):
                return str(error)
            raise


def _mistake(job: Job) -> str | None:
    command: click.Command = cli
    context = click.Context(cli, info_name="reumi")
    rest = list(job.arguments)
    while isinstance(command, click.Group):
        name = rest.pop(0) if rest else ""
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command `{context.command_path} {name}`".rstrip()
        command = found
        if not isinstance(command, click.Group):
            context = command.make_context(name, rest, parent=context)
        else:
            context = click.Context(command, info_name=name, parent=context)
    return _missing_folder(context)


def _missing_folder(context: click.Context) -> str | None:
    """A file that the command would write into a folder that does not exist."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter.type, click.Path) and isinstance(value, str | Path) and not Path(value).parent.is_dir():
            return f"the folder {Path(value).parent} does not exist: make it first"
    return None
