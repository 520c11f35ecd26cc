"""Checks of the data set: database, schema, model, index, schedule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reumi.doctor.finding import Finding, fail, ok, warn
from reumi.settings import Settings


def database(url: str) -> Iterator[Finding]:
    """Whether the database opens and has this program's schema."""
    from storage import schema
    from storage.engine import open_engine, place_of
    from storage.errors import NoDataSet, StorageError
    from storage.watch import song_counts

    try:
        engine = open_engine(url, create=False)
    except NoDataSet as nothing:
        yield warn("database", f"none at {nothing.place} yet", "run `reumi crawl`, or `reumi demo` to see it all on a local site")
        return
    except StorageError as error:
        yield fail("database", str(error), "correct REUMI_DATABASE_URL or --db")
        return
    try:
        if schema.is_empty(engine):
            yield warn("database", f"{place_of(engine)} is empty", "run `reumi crawl`")
            return
        schema.require_current(engine)
        songs, untagged = song_counts(engine)
        yield ok("database", f"{place_of(engine)} ({engine.name}), {songs:,} songs")
        yield ok("schema", f"{schema.head_revision()}, as this ReUmi needs it; `reumi db check` looks deeper")
        if untagged:
            yield warn("labels", f"{untagged:,} songs wait for theirs", "run `reumi tag`")
    except StorageError as error:
        found, _, cure = str(error).rpartition(": ")
        yield fail("schema", found, cure)
    finally:
        engine.dispose()


def model(settings: Settings) -> Iterator[Finding]:
    """Whether the emotion model is whole."""
    from tagging.bundle import DEFAULT_FOLDER, open_bundle
    from tagging.errors import TaggingError

    try:
        bundle = open_bundle(settings.model or DEFAULT_FOLDER)
    except TaggingError as error:
        yield fail("model", str(error), "correct REUMI_MODEL, or install ReUmi anew")
    else:
        yield ok("model", f"{bundle.name} ({bundle.kind}, {bundle.fingerprint[:12]}), every file as it was written")


def index(folder: Path) -> Iterator[Finding]:
    """Whether the recommender's index opens."""
    from recommender.errors import IndexDamaged
    from recommender.index import Index

    try:
        found = Index.open(folder)
    except IndexDamaged as error:
        yield fail("index", str(error), "run `reumi index --rebuild`")
        return
    if found is None:
        yield ok("index", f"none in {folder} yet; the first `reumi recommend` builds it")
    else:
        yield ok("index", f"{len(found):,} songs in {folder}")


def schedule(path: Path) -> Iterator[Finding]:
    """Whether the schedule file, where there is one, can be run."""
    from reumi.schedule.commands import require_commands
    from reumi.schedule.errors import NoSchedule, ScheduleError
    from reumi.schedule.file import read_schedule

    try:
        plan = read_schedule(path)
        require_commands(plan)
    except NoSchedule:
        yield ok("schedule", f"no file {path}; `reumi schedule init` writes one")
    except ScheduleError as error:
        yield fail("schedule", str(error), "correct that line, then `reumi schedule check`")
    else:
        yield ok("schedule", f"{path}: {len(plan.jobs)} jobs")
        if not (plan.alerts.command or plan.alerts.webhook):
            yield warn("alerts", "nobody is told when a job fails", f"set [alerts] in {path}, or watch the exit code of `reumi status`")
