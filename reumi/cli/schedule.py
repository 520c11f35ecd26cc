"""`reumi schedule`: write, explain, check and run a timetable of crawls and what follows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from reumi.cli.values import TEXT

if TYPE_CHECKING:
    from reumi.schedule.work import Shift
    from storage.job_views import JobRunView

Command = TypeVar("Command", bound=Callable[..., object])


def _places(command: Command) -> Command:
    file = click.option(
        "--file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Schedule file [default: REUMI_SCHEDULE_FILE]."
    )
    database = click.option("--db", "database_url", metavar="URL", help="Database of the jobs [default: as set for the schedule's folder].")
    return file(database(command))


def _log_option(command: Command) -> Command:
    formats = click.Choice(["console", "json"])
    return click.option("--log-format", type=formats, help="How to log: for people or for machines [default: REUMI_LOG_FORMAT].")(command)


@click.group()
def schedule() -> None:
    """Run crawls and what follows on a timetable.

    \b
    Example: reumi schedule init && reumi schedule check && reumi schedule run
    """


@schedule.command()
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write it.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(file: Path | None, force: bool) -> None:
    """Write a schedule file to start from: TOP100 hourly, day chart daily, genre lists weekly; tag, index and export after each.

    \b
    Example: reumi schedule init
    """
    from reumi.schedule.errors import ScheduleError
    from reumi.schedule.file import default_text
    from reumi.schedule.place import schedule_path

    path = file or schedule_path()
    if path.exists() and not force:
        raise ScheduleError(f"{path} is there already: edit it, or replace it with --force")
    try:
        path.write_text(default_text(), encoding="utf-8")
    except OSError as error:
        raise ScheduleError(f"{path} cannot be written ({error.strerror}): name another with --file") from error
    click.echo(f"{path} written. Check it with `reumi schedule check`, start it with `reumi schedule run`.")


@schedule.command(name="list")
@_places
def list_jobs(file: Path | None, database_url: str | None) -> None:
    """List the jobs, each with its time and its command.

    \b
    Example: reumi schedule list
    """
    from reumi.cli.schedule_talk import job_lines
    from reumi.schedule.place import open_place

    for line in job_lines(open_place(file, database_url).plan):
        click.echo(line)


@schedule.command(name="next")
@click.option("--count", "-n", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many runs to show.")
@_places
def next_runs(count: int, file: Path | None, database_url: str | None) -> None:
    """Show when the next runs begin.

    \b
    Example: reumi schedule next -n 24
    """
    from datetime import UTC, datetime

    from reumi.cli.schedule_talk import next_lines
    from reumi.schedule.place import open_place

    for line in next_lines(open_place(file, database_url).plan, datetime.now(UTC), count):
        click.echo(line)


@schedule.command()
@_places
def check(file: Path | None, database_url: str | None) -> None:
    """Check the file and every job's command, and explain each job in words; a mistake is one sentence with its line.

    \b
    Example: reumi schedule check --file nightly.toml
    """
    from datetime import UTC, datetime

    from reumi.cli.schedule_talk import explanation
    from reumi.schedule.commands import require_commands
    from reumi.schedule.place import open_place

    place = open_place(file, database_url)
    require_commands(place.plan)
    for line in explanation(place.plan, datetime.now(UTC)):
        click.echo(line)


@schedule.command()
@click.argument("job", type=TEXT)
@_places
@_log_option
def once(job: str, file: Path | None, database_url: str | None, log_format: str | None) -> int:
    """Run JOB now, and what follows it, in the foreground. Exit 1 when a run does not end well, 75 when the job is running elsewhere.

    \b
    Example: reumi schedule once top100
    """
    with _working(file, database_url, log_format) as shift:
        return _report(shift.work(job, by_hand=True))


@schedule.command(hidden=True)
@click.argument("job", type=TEXT)
@_places
@_log_option
def work(job: str, file: Path | None, database_url: str | None, log_format: str | None) -> int:
    """Do the next run that JOB has to do by the ledger: what a running schedule starts for each job.

    \b
    Example: reumi schedule work top100
    """
    with _working(file, database_url, log_format) as shift:
        shift.work(job, follow=False)
        return 0


@schedule.command()
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Port for Prometheus to scrape.")
@click.option("--metrics-file", type=click.Path(path_type=Path, dir_okay=False), help="File for the node exporter's textfile collector.")
@click.option(
    "--finish",
    is_flag=True,
    help="On SIGTERM let running jobs end, instead of stopping them to go on at the next start; a second one stops them.",
)
@click.option("--standby", is_flag=True, help="Wait while another process runs the schedule, and take over when it ends.")
@_places
@_log_option
def run(
    metrics_port: int | None,
    metrics_file: Path | None,
    finish: bool,
    standby: bool,
    file: Path | None,
    database_url: str | None,
    log_format: str | None,
) -> None:
    """Run the schedule in the foreground until SIGTERM or Ctrl-C.

    Slots that came while nobody ran it are made up for once. Exit 75 when another process runs the schedule of this database.

    \b
    Example: reumi schedule run --metrics-port 9464 --log-format json
    """
    from reumi.schedule.start import RunOptions, run_schedule

    run_schedule(file, database_url, RunOptions(log_format, metrics_port, metrics_file, finish, standby))


@contextmanager
def _working(file: Path | None, database_url: str | None, log_format: str | None) -> Iterator[Shift]:
    """A shift on an open database; SIGTERM and Ctrl-C stop it cleanly."""
    from reumi.schedule.place import open_place
    from reumi.schedule.start import log_of
    from reumi.schedule.work import Shift
    from storage.schema import open_for_writing

    place = open_place(file, database_url)
    engine = open_for_writing(place.database_url)
    try:
        shift = Shift(place.plan, engine, place.environment, log_of(place.settings, log_format))
        with shift.stop.on_signals():
            yield shift
    finally:
        engine.dispose()


def _report(done: list[JobRunView]) -> int:
    for run_done in done:
        seconds = f" in {run_done.seconds:.0f} s" if run_done.seconds is not None else ""
        click.echo(f"run {run_done.id} of {run_done.job}: {run_done.event}{seconds}{f' ({run_done.reason})' if run_done.reason else ''}")
    return 0 if all(run_done.event == "ok" for run_done in done) else 1
