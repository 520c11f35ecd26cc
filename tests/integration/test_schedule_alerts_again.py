"""Alerts whose delivery fails: tried again after restarts, given up at last, and seen by whoever looks."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from reumi.cli.main import run as reumi
from reumi.cli.runs_talk import run_lines, show_lines
from reumi.schedule.alerts import LATER_TRIES, Alerts
from reumi.schedule.health import gather
from reumi.schedule.plan import AlertPlan, SchedulePlan
from reumi.telemetry import Log
from storage.engine import place_of
from storage.job_alerts import SUPERSEDED, AlertView, alert_troubles, alerts_of, due_alerts, forget_alerts, untold_runs
from storage.job_runs import Ending, finish, take_by_hand
from storage.job_views import JobRunView, job_run, job_runs
from storage.schema import open_for_writing
from tests.waiting import free_port

T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Telling = Callable[..., JobRunView]


class Post:
    """A server on the loopback interface that answers each request with the next of its bytes, then with 204."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.events: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                length = 0
                while (line := stream.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                if not length:
                    return  # the farewell of `close`
                body = json.loads(stream.read(length))
                answer = self.answers.pop(0) if self.answers else b"HTTP/1.1 204 No Content\r\n\r\n"
                if b" 204 " in answer:
                    self.events.append(body["event"])
                connection.sendall(answer)

    def close(self) -> None:
        with socket.create_connection(self._socket.getsockname()) as farewell:
            farewell.sendall(b"\r\n")
        self._thread.join()
        self._socket.close()


REFUSED = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def post() -> Iterator[Post]:
    found = Post()
    yield found
    found.close()


@pytest.fixture
def tell(engine: Engine) -> Telling:
    """Ends a run of the job as told, with alerts by the plan; returns it as the ledger then has it."""

    def telling(plan: AlertPlan, at: datetime = T0, state: str = "failed") -> JobRunView:
        run = take_by_hand(engine, "top100", (), at, "a/1/1")
        ended = finish(engine, run, Ending(state, 1, None, "reason"), at)
        alerts(engine, plan).ended(ended, at)
        alerts(engine, plan).deliver(ended, at)
        again = job_run(engine, run.id)
        assert again is not None
        return again

    return telling


def alerts(engine: Engine, plan: AlertPlan) -> Alerts:
    return Alerts(plan, engine, Log(), lambda _seconds: None)


def alert_of(engine: Engine, run: JobRunView) -> AlertView:
    (found,) = alerts_of(engine, run.id)
    return found


def test_what_did_not_arrive_is_tried_by_the_next_scheduler_until_it_does(
    engine: Engine, post: Post, tell: Telling, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = AlertPlan(webhook=post.url)
    post.answers = [REFUSED] * 4
    run = tell(plan)
    assert run.alerted_at is None
    assert "could not be delivered by webhook: HTTP 500; tried again at 2026-11-24 12:01 UTC" in capsys.readouterr().err
    restarted = open_for_writing(engine.url.render_as_string(hide_password=False))
    assert alerts(restarted, plan).again(T0 + MINUTE - timedelta(seconds=1)) == 0
    assert [alerts(restarted, plan).again(T0 + number * MINUTE) for number in (1, 2, 6)] == [1, 0, 1]
    restarted.dispose()
    assert post.events == ["failed"]
    alert = alert_of(engine, run)
    assert (alert.tries, alert.next_try_at, alert.delivered_at, alert.error) == (5, None, T0 + 6 * MINUTE, None)
    told = job_run(engine, run.id)
    assert told is not None
    assert told.alerted_at == T0 + 6 * MINUTE
    assert alert_troubles(engine) == []


def test_it_is_given_up_after_a_day(engine: Engine, post: Post, tell: Telling) -> None:
    plan, now, times = AlertPlan(webhook=post.url), T0, []
    post.answers = [REFUSED] * 100
    run = tell(plan)
    while (alert := alert_of(engine, run)).next_try_at is not None:
        now = alert.next_try_at
        times.append(now)
        alerts(engine, plan).again(now)
    assert alert.tries == 3 + len(LATER_TRIES) == 100 - len(post.answers)
    assert timedelta(hours=20) < times[-1] - T0 < DAY
    assert alerts(engine, plan).again(T0 + 30 * DAY) == 0
    assert (alert.delivered_at, alert.error) == (None, "HTTP 500")
    assert forget_alerts(engine, T0) == 0
    assert forget_alerts(engine, T0 + DAY) == 1


def test_an_alert_whose_sender_is_killed_is_sent_by_the_scheduler(engine: Engine, post: Post, tell: Telling) -> None:
    class Killed(BaseException):
        pass

    def killed(_seconds: float) -> None:
        raise Killed

    post.answers = [REFUSED]
    plan, run = AlertPlan(webhook=post.url), tell(AlertPlan())
    Alerts(plan, engine, Log(), killed).ended(run, T0)
    with pytest.raises(Killed):
        Alerts(plan, engine, Log(), killed).deliver(run, T0)
    assert alerts(engine, plan).again(T0 + MINUTE) == 0
    assert alerts(engine, plan).again(T0 + 2 * MINUTE) == 1
    assert post.events == ["failed"]


def test_a_channel_that_works_is_not_told_again_for_one_that_does_not(engine: Engine, post: Post, tell: Telling) -> None:
    plan = AlertPlan(command=(sys.executable, "-c", "import sys; sys.exit('no mail today')"), webhook=post.url)
    first = tell(plan)
    tell(plan, T0 + MINUTE / 2)
    assert post.events == ["failed"]
    assert {alert.channel: alert.delivered_at is not None for alert in alerts_of(engine, first.id)} == {"command": False, "webhook": True}
    (trouble,) = alert_troubles(engine)
    assert (trouble.channel, trouble.waiting) == ("command", 1)
    assert trouble.last.error == f"`{sys.executable}` ended with exit code 1: no mail today"


def test_alerts_that_say_the_same_never_pile_up(engine: Engine, post: Post, tell: Telling) -> None:
    plan = AlertPlan(webhook=post.url)
    post.answers = [REFUSED] * 6
    first, second = tell(plan), tell(plan, T0 + MINUTE / 2)
    assert (alert_of(engine, first).error, alert_of(engine, first).next_try_at) == (SUPERSEDED, None)
    assert [alert.job_run_id for alert in due_alerts(engine, T0 + DAY)] == [second.id]
    assert untold_runs(engine) == {second.id}


@pytest.mark.parametrize(
    ("answer", "said"), [(b"SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0"), (b"", "closed connection"), (b"HTTP/1.1 404 No\r\n\r\n", "HTTP 404")]
)
def test_whatever_answers_a_failure_is_no_more_than_a_failure(engine: Engine, post: Post, tell: Telling, answer: bytes, said: str) -> None:
    post.answers = [answer] * 3
    assert said in str(alert_of(engine, tell(AlertPlan(webhook=post.url))).error)


def test_a_webhook_that_nobody_answers_is_said_in_words(engine: Engine, tell: Telling) -> None:
    assert alert_of(engine, tell(AlertPlan(webhook=f"http://127.0.0.1:{free_port()}/"))).error == "Connection refused"


def test_a_channel_that_the_schedule_no_longer_has_is_let_go(engine: Engine, post: Post, tell: Telling) -> None:
    post.answers = [REFUSED] * 3
    run = tell(AlertPlan(webhook=post.url))
    alerts(engine, AlertPlan()).again(T0 + MINUTE)
    assert alert_of(engine, run).next_try_at is None
    plan = SchedulePlan(Path("schedule.toml"), ZoneInfo("Asia/Seoul"), Path(), {})
    assert gather(engine, plan, Path("index"), T0).alerts == ()


def test_failing_alerts_are_seen_in_status_runs_and_metrics(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from reumi.metrics import registry

    monkeypatch.chdir(tmp_path)
    run = take_by_hand(sqlite_engine, "top100", (), T0, "a/1/1")
    ended = finish(sqlite_engine, run, Ending("failed", 1, None, "reason"), T0)
    told = alerts(sqlite_engine, AlertPlan(command=("/nowhere/mail",)))
    told.ended(ended, T0)
    told.deliver(ended, T0)
    (line,) = run_lines(job_runs(sqlite_engine), untold_runs(sqlite_engine))
    assert line.endswith("failed (reason), ALERT NOT DELIVERED")
    shown = "\n".join(show_lines(ended, None, alerts_of(sqlite_engine, run.id)))
    assert "`failed` by command: not delivered yet after 3 tries: `/nowhere/mail` cannot be run: No such file or directory" in shown
    health = gather(sqlite_engine, None, tmp_path / "index", T0)
    problem = "alerts by command do not arrive: `/nowhere/mail` cannot be run: No such file or directory"
    assert f"{problem} (1 waiting, next try 2026-11-24 12:01 UTC)" in health.problems
    numbers = registry(lambda: (health, {}))
    assert numbers.get_sample_value("reumi_alerts_undelivered", {"channel": "command"}) == 1
    assert reumi(["status", "--db", place_of(sqlite_engine)]) == 1
    assert f"! {problem}" in capsys.readouterr().out
    assert reumi(["runs", "--db", place_of(sqlite_engine)]) == 0
    assert "ALERT NOT DELIVERED" in capsys.readouterr().out
    assert reumi(["runs", "show", f"{run.id}", "--db", place_of(sqlite_engine)]) == 0
    assert "not delivered yet after 3 tries" in capsys.readouterr().out
