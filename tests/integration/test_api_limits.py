"""Token, rate, size and CORS; and several worker processes over one index."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from reumi.answers import Answers
from reumi.api.app import create_app
from reumi.replica.catalogue import load_songs
from reumi.settings import Settings
from tagging.diary import DiaryReading
from tests.data_set import make_data_set, served, service
from tests.waiting import answers, free_port, until


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_data_set(tmp_path_factory.mktemp("limits") / "songs.db", list(load_songs().values())[:30], days=1)


def test_the_token_opens_everything_but_health_needs_none(data_set: str) -> None:
    with service(Settings(database_url=data_set, api_token="비밀 token", api_rate=0)) as address, httpx.Client(base_url=address) as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/v1/stats", "/metrics"):
            refused = client.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
            assert client.get(path, headers={"Authorization": "Bearer 비밀 token".encode()}).status_code == 401
        assert "비밀" not in client.get("/openapi.json").text


def test_a_matching_token_passes(data_set: str) -> None:
    with service(Settings(database_url=data_set, api_token="s3cret", api_rate=0)) as address, httpx.Client(base_url=address) as client:
        assert client.get("/v1/stats", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_too_many_requests_are_told_when_to_come_back(data_set: str) -> None:
    with service(Settings(database_url=data_set, api_rate=60)) as address, httpx.Client(base_url=address) as client:
        answers = [client.get("/v1/stats") for _ in range(14)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].status_code == 200
        assert refused
        assert refused[0].headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused[0].headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == 200


def test_a_large_body_is_refused_whether_or_not_its_length_is_told(data_set: str) -> None:
    with service(Settings(database_url=data_set, api_rate=0)) as address, httpx.Client(base_url=address) as client:
        large = b'{"text": "' + b"x" * 300_000 + b'"}'
        assert client.post("/v1/emotions", content=large).status_code == 413
        assert client.post("/v1/emotions", content=iter([large[:150_000], large[150_000:]])).status_code == 413
        longest = {"text": "가" * 20_000}
        assert client.post("/v1/emotions", json=longest).status_code == 200


@pytest.mark.parametrize(("origins", "allowed"), [("", None), ("https://example.org", "https://example.org")])
def test_other_sites_pages_may_call_only_when_the_settings_say_so(data_set: str, origins: str, allowed: str | None) -> None:
    with service(Settings(database_url=data_set, api_cors=origins, api_rate=0)) as address, httpx.Client(base_url=address) as client:
        answer = client.get("/v1/stats", headers={"Origin": "https://example.org"})
        assert answer.headers.get("access-control-allow-origin") == allowed


def test_a_request_is_handed_to_no_thread_but_the_desks_own(data_set: str) -> None:
    before = set(threading.enumerate())
    with service(Settings(database_url=data_set, api_token="s3cret", api_rate=0, api_threads=1)) as address:
        headers = {"Authorization": "Bearer s3cret"}
        for _ in range(3):
            assert httpx.post(f"{address}/v1/recommendations", json={"text": "오늘은 슬펐다"}, headers=headers).status_code == 200
        begun = [thread.name for thread in set(threading.enumerate()) - before]
    assert sorted(name for name in begun if not name.startswith("Thread-")) == ["reumi-answer_0", "reumi-open_0"]


def held_up(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, list[str]]:
    """Let every reading of a diary wait for an event; the list tells which have begun."""
    go, begun = threading.Event(), []
    read = Answers.read

    def slowly(self: Answers, text: str) -> DiaryReading:
        begun.append(text)
        assert go.wait(60)
        return read(self, text)

    monkeypatch.setattr(Answers, "read", slowly)
    return go, begun


def test_a_full_line_lets_nobody_in_while_health_is_told_at_once(data_set: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reumi.api.work_queue.MOST_WAITING", 2)
    go, begun = held_up(monkeypatch)
    app = create_app(Settings(database_url=data_set, api_rate=0, api_threads=1))
    queue = app.state.desk.queue
    with served(app) as address, ThreadPoolExecutor(3) as callers, httpx.Client(base_url=address) as client:

        def ask(text: str) -> int:
            return httpx.post(f"{address}/v1/emotions", json={"text": text}, timeout=60).status_code

        try:
            asked = [callers.submit(ask, "첫째")]
            until(lambda: begun == ["첫째"], "the first diary was not begun")
            asked += [callers.submit(ask, text) for text in ("둘째", "셋째")]
            until(lambda: queue.waiting == 2, "the others do not wait")
            refused = client.post("/v1/emotions", json={"text": "넷째"})
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert client.get("/healthz").status_code == 200
        finally:
            go.set()
        assert [answer.result() for answer in asked] == [200, 200, 200]
    assert sorted(begun) == ["둘째", "셋째", "첫째"]


def test_a_client_that_hangs_up_leaves_the_line(data_set: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = held_up(monkeypatch)
    app = create_app(Settings(database_url=data_set, api_rate=0, api_threads=1))
    queue = app.state.desk.queue
    with served(app) as address, ThreadPoolExecutor(1) as callers:
        try:
            asked = callers.submit(lambda: httpx.post(f"{address}/v1/emotions", json={"text": "머문다"}, timeout=60).status_code)
            until(lambda: begun == ["머문다"], "the diary was not begun")
            body = '{"text": "떠난다"}'.encode()
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as caller:
                caller.sendall(b"POST /v1/emotions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
                caller.sendall(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                until(lambda: queue.waiting == 1, "the second diary does not wait")
            until(lambda: queue.waiting == 0, "the second diary still waits")
        finally:
            go.set()
        assert asked.result() == 200
    assert begun == ["머문다"]


def test_a_sigterm_ends_it_like_ctrl_c_and_leaves_nothing_behind(data_set: str, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "reumi", "api", "--workers", "1", "--port", str(port), "--db", data_set]
    server = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the service did not begin to answer")
        assert list(tmp_path.glob("reumi-api-*"))
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in said
    assert not list(tmp_path.glob("reumi-api-*"))


# A start takes seconds: the same workers also show that nothing of them is left, and on the fast path by one of the two signals.
@pytest.mark.parametrize("ending", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_workers_share_one_index_one_limit_and_their_numbers(data_set: str, tmp_path: Path, ending: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "reumi", "api", "--workers", "2", "--port", str(port), "--db", data_set]
    environment = {**os.environ, "REUMI_API_RATE": "600", "TMPDIR": str(tmp_path)}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the service did not begin to answer")
            assert list(tmp_path.glob("reumi-api-*"))
            asked = 16
            for _ in range(asked):
                # A connection of its own each time, so that both workers get some.
                assert (
                    httpx.post(f"http://127.0.0.1:{port}/v1/recommendations", json={"text": "오늘은 괜히 눈물이 났다"}).status_code == 200
                )
            # A worker counts a request when its answer is out, which the one who asked may know first.
            counted = f'route="/v1/recommendations",status="200"}} {asked}.0'
            until(lambda: counted in client.get("/metrics").text, "the workers did not count the requests together")
    finally:
        server.send_signal(ending)
        _, said = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in said
    assert not list(tmp_path.glob("reumi-api-*"))


def test_the_command_names_the_packages_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import importlib.util

    from reumi.cli.main import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert run(["api"]) == 1
    assert "pip install 'reumi[api]'" in capsys.readouterr().err
    assert run(["web"]) == 1
    assert "pip install 'reumi[web]'" in capsys.readouterr().err
