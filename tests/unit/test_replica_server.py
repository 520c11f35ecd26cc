"""The replica over the loopback interface: log, clock, robots, faults."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from reumi.replica.errors import PortTaken, UnknownFault
from reumi.replica.faults import Faults, fault_table
from reumi.replica.filler import filler_songs
from reumi.replica.server import Replica

SONG = "/song/detail.htm?songId=39010001"
LIKES = "/commonlike/getSongLike.json?contsIds=39010001,39010002,39010003,39010004"


class Got(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def get(replica: Replica, path: str, agent: str | None = "Test/1", timeout: float = 20) -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": agent} if agent is not None else {})
        with connection.getresponse() as answer:
            return Got(answer.status, answer.read(), dict(answer.getheaders()))
    finally:
        connection.close()


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


def test_it_logs_who_asked_for_what_and_when(replica: Replica) -> None:
    begun = time.time()
    get(replica, SONG, agent="Someone/2")
    get(replica, "/resource/style/web/common/melonweb_comm.css")
    page, style = replica.requests
    assert (page.path, page.user_agent, page.status) == (SONG, "Someone/2", 200)
    assert begun - 1 <= page.time <= time.time()
    assert replica.pages() == [page]
    replica.clear()
    assert replica.requests == []
    assert style.path.endswith(".css")


def test_pictures_link_to_the_host_that_was_asked(replica: Replica) -> None:
    body = get(replica, SONG).body.decode()
    assert f'src="{replica.url}/cm' in body


def test_robots_is_open_or_the_real_sites() -> None:
    with Replica() as open_site, Replica(robots="melon") as closed:
        assert get(open_site, "/robots.txt").body == b"User-agent: *\nAllow: /\n"
        assert b"User-agent: *\nAllow: /global-k-chart\nDisallow: /\n" in get(closed, "/robots.txt").body
        closed.faults = Faults(robots_status=503)
        assert get(closed, "/robots.txt").status == 503


def test_two_replicas_agree_until_the_clock_moves() -> None:
    with Replica() as one, Replica() as two:
        assert get(one, LIKES).body == get(two, LIKES).body
        two.advance(timedelta(days=30))
        assert get(one, LIKES).body != get(two, LIKES).body
        assert (two.now() - one.now()).days == 30


def test_an_unknown_address_is_not_found(replica: Replica) -> None:
    answer = get(replica, "/nowhere.htm")
    assert answer.status == 404
    assert "잘못된 경로로 접근" in answer.body.decode()


def test_a_taken_port_is_named_in_one_sentence(replica: Replica) -> None:
    with pytest.raises(PortTaken, match=f"port {replica.port} .*--port"):
        Replica(replica.port)


def test_closing_twice_is_fine_and_frees_the_port(replica: Replica) -> None:
    replica.close()
    replica.close()
    with Replica(replica.port) as again:
        assert get(again, "/robots.txt").status == 200


@pytest.mark.parametrize(
    ("status", "words"), [(500, "접속이 지연"), (503, "접속이 지연"), (404, "잘못된 경로"), (406, "Not Acceptable"), (403, "Forbidden")]
)
def test_a_status_comes_with_its_page(replica: Replica, status: int, words: str) -> None:
    replica.faults = Faults(status=status)
    answer = get(replica, SONG)
    assert answer.status == status
    assert words in answer.body.decode()


def test_pages_with_status_200_that_are_no_data(replica: Replica) -> None:
    replica.faults = Faults(empty=True)
    assert get(replica, SONG)[:2] == (200, b"<html><head></head><body></body></html>")
    replica.faults = Faults(block_page=True)
    assert "접근이 차단" in get(replica, SONG).body.decode()
    replica.faults = Faults(sys_error_200=True)
    answer = get(replica, SONG)
    assert answer.status == 200
    assert "sys_error" in answer.body.decode()


def test_scopes_narrow_a_fault(replica: Replica) -> None:
    replica.faults = Faults(status=500, only="/song/", after=1, every=2, times=2)
    statuses = [get(replica, SONG).status for _ in range(8)]
    assert statuses == [200, 200, 500, 200, 500, 200, 200, 200]
    assert get(replica, "/chart/index.htm").status == 200


def test_the_first_request_of_every_address_fails_once(replica: Replica) -> None:
    replica.faults = Faults(fail_once=503)
    assert [get(replica, path).status for path in (SONG, SONG, LIKES, LIKES)] == [503, 200, 503, 200]


def test_no_agent_and_bare_agents_are_refused(replica: Replica) -> None:
    replica.faults = Faults(no_agent=True)
    assert [get(replica, SONG, agent).status for agent in (None, "python-requests/2.32", "ReUmi/0.1")] == [406, 406, 200]
    assert get(replica, "/robots.txt", None).status == 200


def test_too_many_pages_are_refused_for_a_while(replica: Replica) -> None:
    replica.faults = Faults(block_after=2, block_seconds=0.4)
    assert [get(replica, SONG).status for _ in range(4)] == [200, 200, 406, 406]
    time.sleep(0.5)
    assert get(replica, SONG).status == 200


def test_a_block_may_hold_for_one_path_only(replica: Replica) -> None:
    replica.faults = Faults(block_after=1, block_path="/song/")
    assert [get(replica, path).status for path in (SONG, SONG, "/chart/index.htm")] == [200, 406, 200]


def test_too_many_requests_say_when_to_come_back(replica: Replica) -> None:
    replica.faults = Faults(limit_after=1, retry_after=1)
    assert get(replica, SONG).status == 200
    answer = get(replica, SONG)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    time.sleep(1.1)
    assert get(replica, SONG).status == 200


def test_truncated_html_has_a_length_that_fits(replica: Replica) -> None:
    whole = get(replica, SONG).body
    replica.faults = Faults(truncate=0.5)
    assert get(replica, SONG).body == whole[: len(whole) // 2]


def test_a_dropped_connection_gives_no_or_half_an_answer(replica: Replica) -> None:
    replica.faults = Faults(drop="before")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        get(replica, SONG)
    replica.faults = Faults(drop="middle")
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        get(replica, SONG)


def test_a_hanging_request_is_let_go_when_the_replica_closes(replica: Replica) -> None:
    replica.faults = Faults(hang=True)
    with pytest.raises(TimeoutError):
        get(replica, SONG, timeout=0.3)
    assert [(request.path, request.status) for request in replica.requests] == [(SONG, 0)]
    replica.close()


def test_a_slow_drip_brings_everything_in_pieces(replica: Replica) -> None:
    whole = get(replica, SONG).body
    replica.faults = Faults(drip=0.001)
    assert get(replica, SONG).body == whole


def test_a_wrong_charset_is_not_utf8(replica: Replica) -> None:
    replica.faults = Faults(charset="euc-kr")
    answer = get(replica, SONG)
    assert "UTF-8" in answer.headers["Content-Type"]
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode()
    assert "가사" in answer.body.decode("euc-kr")


def test_further_pages_may_repeat_the_first() -> None:
    address = "/genre/song_listPaging.htm?gnrCode=GN0100&pageSize=5&startIndex="
    with Replica(faults=Faults(repeat_page=True)) as replica:
        assert get(replica, address + "1").body == get(replica, address + "6").body
        replica.faults = Faults()
        assert get(replica, address + "1").body != get(replica, address + "6").body


def test_the_like_json_lacks_ids_or_shuffles_or_breaks(replica: Replica) -> None:
    def likes(path: str = LIKES) -> list[int]:
        return [entry["CONTSID"] for entry in json.loads(get(replica, path).body)["contsLike"]]

    whole = likes()
    assert whole == [39010001, 39010002, 39010003, 39010004]
    replica.faults = Faults(likes_missing=2)
    assert likes() == [39010001, 39010003]
    replica.faults = Faults(likes_shuffled=True)
    assert likes() != whole
    assert sorted(likes()) == whole
    replica.faults = Faults(likes_broken=True)
    with pytest.raises(json.JSONDecodeError):
        likes()
    replica.faults = Faults(likes_status=500)
    assert get(replica, LIKES).status == 500


def test_switches_are_read_from_words() -> None:
    faults = Faults.parse(["latency=60", "no-agent", "layout=v2", "block_after=10", "promoted=off"])
    assert (faults.latency, faults.no_agent, faults.layout, faults.block_after, faults.promoted) == (60.0, True, "v2", 10, False)
    assert all(doc.endswith((".", "…")) for _, _, doc in fault_table())


@pytest.mark.parametrize(
    "word", ["nothing", "latency", "latency=soon", "layout=v9", "promoted=perhaps", "charset=klingon", "drop=sometimes", "latency=nan"]
)
def test_a_wrong_switch_is_refused_in_one_sentence(word: str) -> None:
    with pytest.raises(UnknownFault) as caught:
        Faults.parse([word])
    assert "\n" not in str(caught.value)


def test_filler_songs_are_the_same_whatever_their_number_and_spread_over_genres() -> None:
    few, many = filler_songs(14), filler_songs(5_000)
    assert many[:14] == few
    assert len({song.song_id for song in many}) == 5_000
    assert len({song.genre_code for song in few}) == 7


def test_filler_stays_out_of_the_charts_of_all_genres() -> None:
    with Replica(filler=1_000) as replica:
        assert b'value="70000' not in get(replica, "/chart/index.htm").body
        last = get(replica, "/genre/song_listPaging.htm?gnrCode=GN0100&orderBy=POP&startIndex=101").body
        assert last.count(b'value="70000') == 50


def run_replica(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from reumi.cli.main import main; main()", "replica", "serve", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_prints_its_address_serves_and_ends_cleanly() -> None:
    with run_replica("--port", "0", "--filler", "10", "--fault", "latency=1", "--advance", "2") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        address = urllib.parse.urlsplit(first.split(" at ")[1].split()[0])
        assert address.hostname == "127.0.0.1"
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=20)
        connection.request("GET", "/robots.txt")
        assert connection.getresponse().read().startswith(b"User-agent")
        connection.close()
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_command_says_in_one_sentence_that_the_port_is_taken(replica: Replica) -> None:
    with run_replica("--port", str(replica.port)) as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output == ""
    assert errors.startswith(f"reumi: the replica cannot listen on port {replica.port}")
    assert errors.count("\n") == 1


def test_the_documentation_lists_every_fault() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "replica.md").read_text(encoding="utf-8")
    for name, default, doc in fault_table():
        assert f"| `{name}` | {f'`{default}`' if default else 'off'} | {doc} |" in page
