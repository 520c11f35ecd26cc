"""Reads the schedule file: TOML in, a SchedulePlan out, or one sentence with the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reumi.schedule.cron import Cron
from reumi.schedule.duration import read_duration
from reumi.schedule.errors import NoSchedule, ScheduleInvalid
from reumi.schedule.fields import Section, command, flag, number, text, texts
from reumi.schedule.plan import EVENTS, AlertPlan, Job, MetricsPlan, SchedulePlan, chain
from reumi.schedule.timetable import LONGEST_INTERVAL, SHORTEST_INTERVAL, CronTimetable, IntervalTimetable, Timetable
from reumi.schedule.toml_lines import line_numbers

DEFAULT_ZONE = "Asia/Seoul"
DEFAULT_DEADLINE = timedelta(hours=1)
SHORTEST_DEADLINE, LONGEST_DEADLINE = timedelta(seconds=1), timedelta(days=7)
_JOB_KEYS = ("run", "cron", "every", "deadline", "then", "catch_up", "nice")


def default_text() -> str:
    """The schedule file that `reumi schedule init` writes."""
    return (files("reumi.schedule") / "default.toml").read_text(encoding="utf-8")


def read_schedule(path: Path) -> SchedulePlan:
    """Read a schedule file. Raises NoSchedule, or ScheduleInvalid with the line of the mistake."""
    try:
        content = path.read_text(encoding="utf-8")
        values, lines = tomllib.loads(content), line_numbers(content)
    except FileNotFoundError:
        raise NoSchedule(path) from None
    except (UnicodeDecodeError, OSError) as error:
        raise ScheduleInvalid(path, None, f"the file cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, str(error)) from error
    except RecursionError as error:
        raise ScheduleInvalid(path, None, "it nests brackets deeper than any schedule: correct it") from error
    top = Section(path, lines, (), values)
    top.only(("timezone", "folder", "jobs", "alerts", "metrics"))
    zone = top.read("timezone", _zone, ZoneInfo(DEFAULT_ZONE))
    table = top.inner("jobs")
    if not table.values:
        raise top.wrong("jobs", "there is no job: write a table such as [jobs.top100]")
    jobs = {name: _job(name, table.inner(name), zone) for name in table.values}
    for name, job in jobs.items():
        _check_followers(table.inner(name), job, jobs)
    for name in jobs:
        _check_circle(table.inner(name), name, jobs)
    jobs = {name: replace(job, then=chain(name, jobs)) for name, job in jobs.items()}
    folder = top.read("folder", lambda value: _folder(path.parent, value), path.resolve().parent)
    return SchedulePlan(path, zone, folder, jobs, _alerts(top.inner("alerts")), _metrics(top.inner("metrics")), lines)


def _job(name: str, section: Section, zone: ZoneInfo) -> Job:
    if not re.fullmatch(r"[\w][\w.-]*", name):
        raise section.wrong(None, f"`{name}` is no name for a job: use letters, digits, - and _")
    section.only(_JOB_KEYS)
    if "run" not in section.values:
        raise section.wrong(None, f'job `{name}` does not say what to run: write run = "crawl --chart top100"')
    words: tuple[str, ...] = section.read("run", command, ("",))
    arguments = words[1:] if words[0] == "reumi" else words
    return Job(
        name,
        arguments,
        _timetable(section, zone),
        section.read("deadline", _deadline, DEFAULT_DEADLINE),
        section.read("then", texts, ()),
        section.read("catch_up", flag, True),
        section.read("nice", number(0, 19), 0),
    )


def _timetable(section: Section, zone: ZoneInfo) -> Timetable | None:
    if "cron" in section.values and "every" in section.values:
        raise section.wrong("every", "a job has either `cron` or `every`, not both")
    if "every" in section.values:
        return section.read("every", lambda value: IntervalTimetable(_interval(value), zone), None)
    found: Timetable | None = section.read("cron", lambda value: CronTimetable(Cron.read(text(value)), zone), None)
    if found is not None and found.next_after(datetime.now(UTC)) is None:
        raise section.wrong("cron", f"`{section.values['cron']}` never comes: there is no such day")
    return found


def _check_followers(section: Section, job: Job, jobs: dict[str, Job]) -> None:
    for follower in job.then:
        if follower == job.name:
            raise section.wrong("then", f"job `{job.name}` cannot follow itself")
        if follower not in jobs:
            raise section.wrong("then", f"there is no job `{follower}`: the file has {', '.join(jobs)}")


def _check_circle(section: Section, name: str, jobs: Mapping[str, Job]) -> None:
    """Refuse a job that comes after itself by way of others: its chain would have no end."""
    paths: list[tuple[str, ...]] = [(follower,) for follower in jobs[name].then]
    seen = set[str]()
    while paths:
        path = paths.pop()
        if path[-1] == name:
            raise section.wrong("then", f"job `{name}` would follow itself: {' -> '.join((name, *path))}")
        if path[-1] not in seen:
            seen.add(path[-1])
            paths += [(*path, follower) for follower in jobs[path[-1]].then]


def _alerts(section: Section) -> AlertPlan:
    section.only(("command", "webhook", "on", "repeat"))
    return AlertPlan(
        section.read("command", command, ()),
        section.read("webhook", _webhook, ""),
        section.read("on", _events, frozenset(EVENTS)),
        section.read("repeat", read_duration, timedelta(hours=24)),
    )


def _metrics(section: Section) -> MetricsPlan:
    section.only(("port", "address", "file"))
    return MetricsPlan(
        section.read("port", number(0, 65535), 0), section.read("address", text, "127.0.0.1"), section.read("file", text, "")
    )  # fmt: skip


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(text(value))
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"`{value}` is no time zone that this machine knows: write one such as Asia/Seoul") from error


def _folder(base: Path, value: Any) -> Path:
    folder = base / text(value)
    if not folder.is_dir():
        raise ValueError(f"the folder {folder} does not exist: make it first")
    return folder.resolve()


def _deadline(value: Any) -> timedelta:
    return read_duration(value, SHORTEST_DEADLINE, LONGEST_DEADLINE)


def _interval(value: Any) -> timedelta:
    return read_duration(value, SHORTEST_INTERVAL, LONGEST_INTERVAL)


def _events(value: Any) -> frozenset[str]:
    names = texts(value)
    for name in names:
        if name not in EVENTS:
            raise ValueError(f"there is no event `{name}`: choose of {', '.join(EVENTS)}")
    return frozenset(names)


def _webhook(value: Any) -> str:
    found = text(value)
    if not re.match(r"https?://[^/\s]+", found):
        raise ValueError(f"`{found}` is no address: write https://host/path")
    return found


def _syntax_error(path: Path, message: str) -> ScheduleInvalid:
    place = re.search(r"\s*\(at line (\d+), column \d+\)", message)
    line = int(place[1]) if place else None
    return ScheduleInvalid(path, line, f"this is no TOML: {message[: place.start()] if place else message}")
