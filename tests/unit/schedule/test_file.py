from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reumi.cli.schedule_talk import explanation, next_lines
from reumi.schedule.commands import require_commands
from reumi.schedule.duration import read_duration, write_duration
from reumi.schedule.errors import NoSchedule, ScheduleInvalid, UnknownJob
from reumi.schedule.file import default_text, read_schedule
from reumi.schedule.plan import SchedulePlan
from reumi.schedule.toml_lines import line_numbers

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = """\
timezone = "Asia/Seoul"

[jobs.top100]
run = "crawl --chart top100"
cron = "7 * * * *"
deadline = "50m"
then = ["tag"]

[jobs.tag]
run = ["tag"]
"""


def read(folder: Path, text: str) -> SchedulePlan:
    path = folder / "reumi-schedule.toml"
    path.write_text(text, encoding="utf-8")
    plan = read_schedule(path)
    require_commands(plan)
    return plan


def test_the_default_schedule_is_one_that_runs(tmp_path: Path) -> None:
    plan = read(tmp_path, default_text())
    assert list(plan.jobs) == ["top100", "day-chart", "genres", "tag", "index", "export"]
    assert plan.zone.key == "Asia/Seoul"
    assert all(job.then == ("tag", "index", "export") for job in plan.jobs.values() if job.timetable is not None)


def test_a_file_says_what_when_and_how_long(tmp_path: Path) -> None:
    plan = read(tmp_path, GOOD)
    job = plan.job("top100")
    assert (job.arguments, job.deadline, job.then) == (("crawl", "--chart", "top100"), timedelta(minutes=50), ("tag",))
    assert job.timetable is not None
    assert job.timetable.words() == "every hour at minute 7"
    assert plan.job("tag").timetable is None
    with pytest.raises(UnknownJob, match="top100, tag"):
        plan.job("tagg")


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ('cron = "7 * * * *"', 'cron = "61 * * * *"', 5, "minute field"),
        ('cron = "7 * * * *"', 'cron = "0 0 30 2 *"', 5, "never comes"),
        ('cron = "7 * * * *"', 'every = "1s"', 5, "too short"),
        ('cron = "7 * * * *"', 'cron = "7 * * * *"\nevery = "1h"', 6, "not both"),
        ('then = ["tag"]', 'then = ["tagg"]', 7, "no job `tagg`"),
        ('then = ["tag"]', 'then = ["top100"]', 7, "cannot follow itself"),
        ('then = ["tag"]', "then = 3", 7, "no list of texts"),
        ('cron = "7 * * * *"', 'every = "4000000d"', 5, "too long: the longest is 366d"),
        ('cron = "7 * * * *"', 'every = "99999999999d"', 5, "too long"),
        ('deadline = "50m"', 'deadline = "0m"', 6, "too short: the shortest is 1s"),
        ('deadline = "50m"', 'deadline = "30d"', 6, "too long: the longest is 7d"),
        ('deadline = "50m"', 'deadline = "99999999999d"', 6, "too long"),
        ('timezone = "Asia/Seoul"', 'alerts = { repeat = "99999999999d" }', 1, "too long"),
        ('deadline = "50m"', 'deadline = "soon"', 6, "no length of time"),
        ('deadline = "50m"', 'dead_line = "50m"', 6, "did you mean `deadline`"),
        ('run = "crawl --chart top100"', 'run = "crawl --chart top10"', 4, "top10"),
        ('run = "crawl --chart top100"', 'run = "crwal"', 4, "no command `reumi crwal`"),
        ('run = "crawl --chart top100"', 'run = "runs shw"', 4, "no command `reumi runs shw`"),
        ('run = "crawl --chart top100"', 'run = "runs show"', 4, "Missing argument 'ID'"),
        ('run = "crawl --chart top100"', 'run = "doctor --qick"', 4, "--qick"),
        ('run = "crawl --chart top100"', 'run = "schedule"', 4, "`reumi schedule` only prints help"),
        ('run = "crawl --chart top100"', 'run = "reumi"', 4, "only prints help"),
        ('run = "crawl --chart top100"', 'run = "doctor --help"', 4, "only prints help"),
        ('run = "crawl --chart top100"', 'run = "export nowhere/songs.csv"', 4, "folder nowhere does not exist"),
        ('run = "crawl --chart top100"', 'run = "crawl \'"', 4, "cannot be read as a command"),
        ('timezone = "Asia/Seoul"', 'timezone = "Asia/Soul"', 1, "no time zone"),
        ('timezone = "Asia/Seoul"', 'folder = "a\\u0000"', 1, "holds a NUL character"),
        ('run = "crawl --chart top100"', 'run = "songs --text a\\u0000"', 4, "holds a NUL character"),
        ('run = "crawl --chart top100"', 'run = ["songs", "--text", "a\\u0000"]', 4, "holds a NUL character"),
        ('timezone = "Asia/Seoul"', 'folder = "nowhere"', 1, "nowhere does not exist"),
        ('timezone = "Asia/Seoul"', "timezone = Asia/Seoul", 1, "no TOML"),
        ('timezone = "Asia/Seoul"', 'alerts = { webhook = "example.org" }', 1, "no address"),
        ('timezone = "Asia/Seoul"', 'alerts = { on = ["faild"] }', 1, "no event `faild`"),
        ('timezone = "Asia/Seoul"', "metrics = { port = 70000 }", 1, "from 0 to 65535"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, line: int, part: str
) -> None:
    assert old in GOOD
    with pytest.raises(ScheduleInvalid) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert capsys.readouterr().out == ""
    assert caught.value.line == line
    assert f"reumi-schedule.toml, line {line}: " in str(caught.value)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def chained(folder: Path, **followers: list[str]) -> SchedulePlan:
    return read(folder, "".join(f'[jobs.{name}]\nrun = "stats"\nthen = {json.dumps(then)}\n' for name, then in followers.items()))


def test_the_followers_of_a_follower_follow_too_each_after_its_leader_and_once(tmp_path: Path) -> None:
    plan = chained(
        tmp_path, top=["tag"], day=["tag", "export"], week=["tag", "report"], tag=["index"], index=["report"], export=[], report=[]
    )
    assert plan.job("top").then == ("tag", "index", "report")
    assert plan.job("day").then == ("tag", "index", "report", "export")
    assert plan.job("week").then == ("tag", "index", "report")
    assert plan.job("tag").then == ("index", "report")
    assert "top: runs `reumi stats` only by hand" in "\n".join(explanation(plan, NOW))
    assert "After a run that ends well: tag, then index, then report." in "\n".join(explanation(plan, NOW))


def test_what_a_job_names_twice_runs_twice(tmp_path: Path) -> None:
    assert chained(tmp_path, top=["index", "tag", "index"], tag=["index"], index=[]).job("top").then == ("index", "tag", "index")


def test_a_circle_of_followers_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ScheduleInvalid, match="job `tag` would follow itself: tag -> index -> tag") as caught:
        chained(tmp_path, top=["tag"], tag=["index"], index=["tag"])
    assert caught.value.line == 6


@pytest.mark.parametrize("command", ["doctor --quick", "doctor", "runs --bad", "runs --json show 1", "doctor pages --drop-read"])
def test_a_group_that_works_without_a_command_is_one(tmp_path: Path, command: str) -> None:
    assert read(tmp_path, GOOD.replace("crawl --chart top100", command)).job("top100").arguments == tuple(command.split())


def test_no_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoSchedule, match="schedule init"):
        read_schedule(tmp_path / "reumi-schedule.toml")


def test_a_file_without_jobs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScheduleInvalid, match="there is no job"):
        read(tmp_path, "")


def test_relative_folders_are_those_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    plan = read(tmp_path, 'folder = "out"\n[jobs.export]\nrun = "export songs.csv"\n')
    assert plan.folder == tmp_path / "out"


def test_lines_are_found_behind_values_of_several_lines() -> None:
    text = 'a = """\n[b]\nx = 1\n"""\n# [c]\n[d.e]\nf = [\n  1,\n]\n"g h".i = 2\n[[j]]\nk = 1\n[[j]]\nk = 2\n'
    lines = line_numbers(text)
    assert lines[("a",)] == 1
    assert ("b",) not in lines
    assert lines[("d", "e", "f")] == 7
    assert lines[("d", "e", "g h", "i")] == 10
    assert lines[("j", "k")] == 12


@pytest.mark.parametrize("separator", ["\u2028", "\u0085"])
def test_only_ends_of_lines_count_as_lines(tmp_path: Path, separator: str) -> None:
    commented = f"# a{separator}b\n{GOOD}"
    assert list(read(tmp_path, commented).jobs) == ["top100", "tag"]
    assert line_numbers(commented)[("jobs", "tag")] == line_numbers(GOOD)[("jobs", "tag")] + 1
    assert line_numbers(commented.replace("\n", "\r\n")) == line_numbers(commented)


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScheduleInvalid, match="nests brackets"):
        read(tmp_path, f"a = {'[' * 5000}")


def test_the_next_thousand_slots_of_the_longest_interval_lie_within_the_calendar(tmp_path: Path) -> None:
    plan = read(tmp_path, '[jobs.stats]\nrun = "stats"\nevery = "366d"\n')
    assert len(list(next_lines(plan, datetime(2026, 11, 24, tzinfo=UTC), 1000))) == 1000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("50m", 3000),
        ("1h30m", 5400),
        ("1 h 30 m", 5400),
        ("2d", 172_800),
        ("1w", 604_800),
        ("0", 0),
        ("36525d", 3_155_760_000),
    ],
)
def test_lengths_of_time_are_read_and_written(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)
    assert read_duration(write_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "h", "-1d", "1.5h", 3, None, "36526d", "99999999999d", "9" * 5000 + "d", "1d" * 100_000])
def test_what_is_no_length_of_time_or_a_boundless_one_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"no length of time|too long: the longest is 36525d"):
        read_duration(text)
