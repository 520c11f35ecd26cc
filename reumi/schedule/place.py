"""Puts a schedule together: its file, the settings of the folder it runs in, the database that its jobs share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reumi.schedule.errors import NoSchedule
from reumi.schedule.file import read_schedule
from reumi.schedule.plan import SchedulePlan
from reumi.settings import Settings
from storage.place import absolute_url


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schedule runs: its plan, settings, database URL (absolute) and the environment of its jobs."""

    plan: SchedulePlan
    settings: Settings
    database_url: str
    environment: Mapping[str, str]


def open_place(file: Path | None, database_url: str | None) -> Place:
    """Read the schedule and the settings of its folder. A URL given by hand outranks theirs."""
    plan = read_schedule(file or schedule_path())
    settings = Settings.load(folder=plan.folder)
    url = absolute_url(database_url or settings.database_url, Path.cwd() if database_url else plan.folder)
    return Place(plan, settings, url, {**os.environ, "REUMI_DATABASE_URL": url})


def schedule_path() -> Path:
    """Where the schedule file is looked for when none is named."""
    return Path(Settings.load().schedule_file)


def plan_if_any(file: Path | None) -> SchedulePlan | None:
    """The schedule, or None where no file was named and there is none in the usual place."""
    try:
        return read_schedule(file or schedule_path())
    except NoSchedule:
        if file is not None:
            raise
        return None
