"""`reumi schedule`, `runs`, `status` and `doctor` as a person types them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reumi.cli.main import run
from reumi.replica.server import Replica
from reumi.schedule.daemon import Daemon
from reumi.schedule.plan import SCHEDULE_LOCK
from reumi.schedule.start import RunOptions, run_schedule
from storage.job_locks import HeldLock
from storage.job_views import job_runs
from storage.owners import this_process
from storage.schema import open_for_writing
from tests.waiting import until

SMALL = """\
[jobs.stats]
run = "stats"
every = "10s"
then = ["index"]

[jobs.index]
run = "index"

[jobs.fail]
run = "tag --model nowhere"

[jobs.hang]
run = "replica serve --port 0"
deadline = "1s"
"""

LONG = '[jobs.long]\nrun = "replica serve --port 0"\nevery = "20s"\ndeadline = "15s"\n'
METRICS = (
    *(f"reumi_{name}" for name in ("scheduler_up", "problems", "songs", "songs_untagged", "index_current")),
    *(f"reumi_list_{name}" for name in ("read_timestamp_seconds", "rows")),
    *(f"reumi_job_{name}" for name in ("runs_total", "last_ok", "last_success_timestamp_seconds", "last_duration_seconds")),
    *(f"reumi_job_{name}" for name in ("running", "next_timestamp_seconds")),
    "reumi_alerts_undelivered",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own with a small schedule and an empty data set."""
    for name in [name for name in os.environ if name.startswith("REUMI_") and name != "REUMI_TEST_DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reumi-schedule.toml").write_text(SMALL, encoding="utf-8")
    open_for_writing(f"sqlite:///{tmp_path / 'reumi.db'}").dispose()
    return tmp_path


@contextmanager
def scheduler(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A running scheduler and the file of its log; asked to end at the end."""
    log = folder / f"log-{uuid.uuid4().hex[:6]}"
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", "reumi", "schedule", "run", *arguments], cwd=folder, stderr=stream)
    try:
        yield process, log
    finally:
        process.terminate()
        process.wait(timeout=120)


def rows(folder: Path, job: str | None = None) -> dict[str, list[str]]:
    """States by job, oldest first."""
    engine = open_for_writing(f"sqlite:///{folder / 'reumi.db'}")
    found: dict[str, list[str]] = {}
    for row in reversed(job_runs(engine, job=job, limit=1000)):
        found.setdefault(row.job, []).append(row.state)
    engine.dispose()
    return found


def test_a_fresh_schedule_is_written_explained_and_never_overwritten(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "reumi-schedule.toml").unlink()
    for arguments in (["init"], ["check"], ["list"], ["next", "-n", "30"]):
        assert run(["schedule", *arguments]) == 0
    shown = capsys.readouterr().out
    assert "top100: runs `reumi crawl --chart top100` every hour at minute 7, and is killed after 50m." in shown
    assert "genres     every Monday at 04:40" in shown
    assert shown.count("KST  top100, then tag, index, export") >= 24
    assert run(["schedule", "init"]) == 1
    assert run(["schedule", "init", "--force"]) == 0


def test_a_wrong_line_is_one_sentence_for_every_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "reumi-schedule.toml").write_text('[jobs.a]\nrun = "stats"\ncron = "61 * * * *"\n', encoding="utf-8")
    for arguments in (["check"], ["list"], ["next"], ["once", "a"], ["run"]):
        assert run(["schedule", *arguments]) == 2
        said = capsys.readouterr().err
        assert said == "reumi: reumi-schedule.toml, line 3: `cron`: the minute field has `61`: it takes 0 to 59\n"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('[jobs.a]\nrun = "stats"\ncron = "0 25 * * *"\n', 3, "`cron`: the hour field has `25`: it takes 0 to 23"),
        ('[jobs.a]\nrun = "stats"\nthen = ["b"]\n', 3, "no job `b`"),
        ('[jobs.a]\nrun = "stats"\n\ndeadline = "8d"\n', 4, "too long: the longest is 7d"),
        ('[jobs.a]\nrun = "export nowhere/songs.csv"\n', 2, "the folder nowhere does not exist: make it first"),
        ('# a comment\nfolder = "nowhere"\n[jobs.a]\nrun = "stats"\n', 2, "nowhere does not exist"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_line(
    place: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, sentence: str
) -> None:
    (place / "reumi-schedule.toml").write_text(text, encoding="utf-8")
    assert run(["schedule", "check"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"reumi: reumi-schedule.toml, line {line}: ")
    assert sentence in shown.err
    assert shown.err.count("\n") == 1


def test_a_command_that_cannot_be_is_found_before_the_schedule_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "reumi-schedule.toml").write_text('[jobs.a]\nrun = "export nowhere/songs.csv"\n', encoding="utf-8")
    for command in ("check", "run"):
        assert run(["schedule", command]) == 2
        assert "line 2: `reumi export nowhere/songs.csv`: the folder nowhere does not exist" in capsys.readouterr().err


def test_once_runs_the_job_and_what_follows(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "once", "stats"]) == 0
    shown = capsys.readouterr()
    assert [line.split(" in ")[0] for line in shown.out.splitlines()] == ["run 1 of stats: ok", "run 2 of index: ok"]
    assert "0 songs, 0 with lyrics" in shown.err
    assert run(["schedule", "once", "nothing"]) == 2


def test_once_runs_the_followers_of_a_follower(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = '[jobs.index]\nrun = "index"\n'
    chained = SMALL.replace(index, f'{index}then = ["check"]\n\n[jobs.check]\nrun = "db check"\n')
    (place / "reumi-schedule.toml").write_text(chained, encoding="utf-8")
    assert run(["schedule", "once", "stats"]) == 0
    assert [line.split(" in ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "run 1 of stats: ok", "run 2 of index: ok", "run 3 of check: ok",
    ]  # fmt: skip


def test_once_says_how_a_job_failed_and_kills_one_that_hangs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "once", "fail"]) == 1
    assert "no model at nowhere" in capsys.readouterr().out
    assert run(["schedule", "once", "hang"]) == 1
    assert "killed at its deadline of 1s" in capsys.readouterr().out
    assert rows(place) == {"fail": ["failed"], "hang": ["timeout"]}


def test_a_job_that_runs_elsewhere_is_not_run_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_for_writing(f"sqlite:///{place / 'reumi.db'}")
    lock = HeldLock(engine, "stats", this_process())
    assert lock.acquire(datetime.now(UTC))
    assert run(["schedule", "once", "stats"]) == 75
    assert f"job `stats` is being run by process {os.getpid()} on" in capsys.readouterr().err
    assert rows(place) == {}
    engine.dispose()


def test_runs_are_listed_and_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runs"]) == 0
    assert "no runs yet" in capsys.readouterr().out
    run(["schedule", "once", "stats"])
    run(["schedule", "once", "fail"])
    capsys.readouterr()
    assert run(["runs", "--bad", "--json"]) == 0
    (bad,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (bad["job"], bad["state"], bad["exit_code"]) == ("fail", "failed", 1)
    assert run(["runs", "show", str(bad["id"])]) == 0
    shown = capsys.readouterr().out
    assert "Run 3 of job fail: failed" in shown
    assert "no model at nowhere" in shown.split("Log, its end:")[1]
    assert run(["runs", "--job", "stats"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert run(["runs", "show", "999"]) == 2
    assert run(["runs", "show", "no-such-crawl"]) == 2


def test_status_without_a_data_set_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REUMI_DATABASE_URL", raising=False)
    assert run(["status"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("Nothing here yet: ")
    assert shown.err == ""
    assert list(tmp_path.iterdir()) == []


def test_status_is_well_only_when_everything_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 1
    shown = capsys.readouterr().out
    assert "! nobody runs the schedule" in shown
    assert re.search(r"Job     stats  never ran, next \d\d-\d\d \d\d:\d\d KST", shown)
    engine = open_for_writing(f"sqlite:///{place / 'reumi.db'}")
    assert HeldLock(engine, SCHEDULE_LOCK, this_process()).acquire(datetime.now(UTC))
    engine.dispose()
    run(["schedule", "once", "stats"])
    capsys.readouterr()
    assert run(["status"]) == 0
    assert "All is well." in capsys.readouterr().out
    run(["schedule", "once", "fail"])
    capsys.readouterr()
    assert run(["status", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert ["fail" in problem for problem in found["problems"]] == [True]
    assert {job["job"]: (job["last"] or {}).get("event") for job in found["jobs"]} == {
        "stats": "ok", "index": "ok", "fail": "failed", "hang": None,
    }  # fmt: skip


def test_a_relative_index_is_that_of_the_schedule_s_folder(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "reumi.toml").write_text('index_dir = "found"\ndatabase_url = "sqlite+pysqlite:///reumi.db"\n', encoding="utf-8")
    assert run(["index"]) == 0
    assert (place / "found").is_dir()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    capsys.readouterr()
    run(["status", "--json", "--file", str(place / "reumi-schedule.toml")])
    assert json.loads(capsys.readouterr().out)["index"]["current"] is True
    monkeypatch.setattr(Daemon, "run", lambda self: None)
    run_schedule(place / "reumi-schedule.toml", None, RunOptions(metrics_file=place / "reumi.prom"))
    assert "reumi_index_current 1.0" in (place / "reumi.prom").read_text(encoding="utf-8")


def test_the_doctor_finds_what_is_wrong_with_data_and_schedule(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "reumi-schedule.toml").write_text('[jobs.a]\nrun = "crwal"\n', encoding="utf-8")
    (place / "broken.db").write_bytes(b"no database at all" * 100)
    assert run(["doctor", "--quick", "--json", "--db", "broken.db"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {finding["subject"] for finding in found if finding["level"] == "fail"} == {"database", "schedule"}
    assert all(finding["cure"] for finding in found if finding["level"] != "ok")
    assert {"python", "names", "clock", "disk", "model", "index", "manners"} <= {finding["subject"] for finding in found}


def test_the_doctor_asks_the_site_once_for_its_rules(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reumi.doctor.site import site
    from reumi.settings import Settings

    with Replica(robots="melon") as replica:
        found = list(site(Settings(site_url=replica.url, user_agent="ReUmi/0.1 (+mailto:a@example.org)")))
        assert [request.path for request in replica.requests] == ["/robots.txt"]
    assert {finding.subject: finding.level for finding in found if finding.subject in ("network", "robots")} == {
        "network": "ok", "robots": "warn",
    }  # fmt: skip


def test_a_scheduler_shows_its_numbers_and_ends_on_sigterm(place: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with scheduler(place, "--metrics-port", str(port), "--metrics-file", "reumi.prom", "--log-format", "json") as (process, log):
        until(lambda: "metrics at" in log.read_text(), "it did not start")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            shown = answer.read().decode()
        until(lambda: "schedule " in log.read_text() and "reumi_scheduler_up 1.0" in (place / "reumi.prom").read_text(), "no file")
    assert process.returncode == 0
    assert "reumi_songs 0.0" in shown
    assert [name for name in METRICS if name not in shown] == []
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    # On a busy machine it may warn that a slot came late.
    assert all(event["level"] in {"info", "warning"} and event["time"] for event in events)


def test_every_metric_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "schedule.md").read_text(encoding="utf-8")
    assert [name for name in METRICS if name not in page] == []


@pytest.mark.slow
def test_a_second_scheduler_says_who_holds_the_first_and_one_that_stands_by_takes_over(place: Path) -> None:
    with scheduler(place) as (first, told):
        until(lambda: "stats" in rows(place), "the first slot was not run")
        with scheduler(place) as (second, refused):
            second.wait(timeout=60)
        assert second.returncode == 75
        assert f"process {first.pid} on" in refused.read_text()
        assert "--standby" in refused.read_text()
        with scheduler(place, "--standby") as (standby, waited):
            until(lambda: "standing by" in waited.read_text(), "it does not stand by")
            first.terminate()
            first.wait(timeout=120)
            before = len(rows(place)["stats"])
            until(lambda: len(rows(place)["stats"]) > before, "it did not take over")
    assert (first.returncode, standby.returncode) == (0, 0)
    assert "handed over" in told.read_text()


@pytest.mark.slow
def test_a_killed_scheduler_leaves_the_running_job_to_its_end(place: Path) -> None:
    (place / "reumi-schedule.toml").write_text(LONG, encoding="utf-8")
    with scheduler(place) as (first, _):
        until(lambda: rows(place).get("long") == ["running"], "the slot was not run")
        first.kill()
        first.wait()
        until(lambda: rows(place)["long"] == ["timeout"], "the orphaned worker did not record the end of its job")
    assert rows(place) == {"long": ["timeout"]}


@pytest.mark.slow
def test_a_worker_that_is_killed_takes_its_command_along_and_the_run_goes_on(place: Path) -> None:
    (place / "reumi-schedule.toml").write_text(LONG, encoding="utf-8")
    with scheduler(place):
        until(lambda: rows(place).get("long") == ["running"], "the slot was not run")
        engine = open_for_writing(f"sqlite:///{place / 'reumi.db'}")
        worker = int(str(job_runs(engine)[0].holder).split("/")[1])
        os.kill(worker, signal.SIGKILL)
        until(lambda: job_runs(engine, limit=1000)[-1].attempts == 2, "the run did not go on")
        until(lambda: job_runs(engine, limit=1000)[-1].state == "timeout", "the run did not end")
        engine.dispose()


@pytest.mark.slow
def test_an_alert_that_nobody_took_is_sent_by_the_scheduler_that_starts_next(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    took = place / "took"
    (place / "mail.py").write_text(f"import pathlib, sys\npathlib.Path({str(took)!r}).write_text(sys.stdin.read())\n", encoding="utf-8")
    alerts = f'\n[alerts]\ncommand = ["{sys.executable}", "{place / "mail.py"}"]\n'
    (place / "reumi-schedule.toml").write_text(SMALL + alerts.replace("mail.py", "no-mail.py"), encoding="utf-8")
    run(["schedule", "once", "fail"])
    assert "could not be delivered by command" in capsys.readouterr().err
    assert run(["status"]) == 1
    assert "! alerts by command do not arrive" in capsys.readouterr().out
    (place / "reumi-schedule.toml").write_text(SMALL + alerts, encoding="utf-8")
    with scheduler(place) as (_, log):
        until(took.exists, "the alert was not sent again", seconds=120)
        until(lambda: "alert `failed` delivered by command" in log.read_text(), "it was not recorded")
    assert json.loads(took.read_text(encoding="utf-8"))["event"] == "failed"
    assert run(["runs"]) == 0
    assert "ALERT NOT DELIVERED" not in capsys.readouterr().out
