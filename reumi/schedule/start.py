"""Starts the scheduler from what the command line gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from reumi import metrics
from reumi.encoder import folder_of_index
from reumi.errors import SettingInvalid
from reumi.schedule.commands import require_commands
from reumi.schedule.daemon import Daemon
from reumi.schedule.dispatch import ProcessLauncher
from reumi.schedule.health import Health, gather
from reumi.schedule.place import Place, open_place
from reumi.settings import Settings
from reumi.telemetry import FORMATS, Log
from storage.job_views import state_counts
from storage.schema import open_for_writing


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of `reumi schedule run`; None leaves a value to the file or the settings."""

    log_format: str | None = None
    metrics_port: int | None = None
    metrics_file: Path | None = None
    finish: bool = False
    standby: bool = False


def run_schedule(file: Path | None, database_url: str | None, options: RunOptions) -> None:
    """Run a schedule until a signal. Raises ScheduleInvalid, ScheduleHeld, MissingExtra or a storage error."""
    place = open_place(file, database_url)
    require_commands(place.plan)
    log = log_of(place.settings, options.log_format)
    with ExitStack() as stack:
        engine = open_for_writing(place.database_url)
        stack.callback(engine.dispose)
        shown = _show_metrics(place, engine, options, stack, log)
        worker_options = ["--file", str(place.plan.path.resolve()), "--db", place.database_url, "--log-format", log.form]
        launcher = ProcessLauncher(worker_options, place.environment, log)
        Daemon(place.plan, engine, launcher, log, options.finish, options.standby, shown).run()


def log_of(settings: Settings, form: str | None) -> Log:
    """The log in the wished format. Raises SettingInvalid for a format in the settings that there is not."""
    found = form or settings.log_format
    if found not in FORMATS:
        raise SettingInvalid(f"`log_format` must be {' or '.join(FORMATS)}, not {found!r}")
    return Log(found)


def _show_metrics(place: Place, engine: Engine, options: RunOptions, stack: ExitStack, log: Log) -> Callable[[], None]:
    """Begin to serve numbers where that is wished; returns what writes the file, if any."""
    wished = place.plan.metrics
    port = options.metrics_port or wished.port
    file = options.metrics_file or (place.plan.folder / wished.file if wished.file else None)
    folder = folder_of_index(place.settings, place.database_url, place.plan.folder)

    def now() -> tuple[Health, dict[tuple[str, str], int]]:
        return gather(engine, place.plan, folder, datetime.now(UTC)), state_counts(engine)

    if port:
        stack.callback(metrics.serve(now, port, wished.address))
        log.info(f"metrics at http://{wished.address}:{port}/metrics")
    if file is None:
        return lambda: None
    metrics.write_file(now, file)
    return lambda: metrics.write_file(now, file)
