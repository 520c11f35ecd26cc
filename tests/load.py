"""Many clients at once against the service, each on one kept connection; a bare client, so that the load is the service's, not its own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reumi.jobs.tag import TagOrder, tag_database
from reumi.replica.catalogue import load_songs
from reumi.replica.filler import filler_lyrics, filler_songs
from storage.import_csv import import_file
from storage.schema import open_for_writing
from tests.data_set import light_model
from tests.waiting import answers, free_port, until

DIARIES = (
    "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다.",
    "오늘은 친구들이랑 바다에 갔다. 하루 종일 웃어서 배가 아플 정도였다. 정말 행복했다.",
    "팀장이 또 내 탓을 했다. 화가 나서 손이 떨렸지만 아무 말도 못 했다.",
    "밤에 혼자 골목길을 걷는데 뒤에서 발소리가 들렸다. 너무 무서워서 뛰었다.",
    "별일 없는 하루였다. 빨래를 하고 책을 조금 읽었다.",
    "갑자기 합격 전화를 받았다! 믿기지 않아서 몇 번이나 다시 물어봤다.",
)


@dataclass(slots=True)
class Outcome:
    """Seconds of every request, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def large_data_set(folder: Path, songs: int) -> str:
    """A tagged data set of that many songs, the replica's own and generated ones, as songs.db in `folder`; returns its URL."""
    generated = [replace(song, lyrics=filler_lyrics(song.song_id)) for song in filler_songs(songs)]
    chosen = [*(song for song in load_songs().values() if song.lyrics), *generated][:songs]
    source = folder / "songs.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for number, song in enumerate(chosen):
            facts = {"song_id": song.song_id, "title": song.title, "artist": ", ".join(song.artists), "album": song.album}
            facts |= {"genre_code": song.genre_code, "released": song.released, "lyrics": song.lyrics, "likes": 37 * number}
            file.write(json.dumps(facts, ensure_ascii=False) + "\n")
    url = f"sqlite:///{folder / 'songs.db'}"
    engine = open_for_writing(url)
    import_file(engine, source)
    engine.dispose()
    tag_database(url, TagOrder(model=str(light_model(folder))))
    return url


@dataclass(frozen=True, slots=True)
class Served:
    """A running `reumi api`."""

    port: int
    pid: int

    def cpu(self) -> float | None:
        """Seconds of a core that it and its workers have used so far; None where the system does not tell."""
        if not Path("/proc/self/stat").exists():
            return None
        facts = {int(path.parent.name): _facts(path) for path in Path("/proc").glob("[0-9]*/stat")}
        own = [facts[pid] for pid in facts if self.pid in (pid, int(facts[pid][1]))]
        return sum(int(fact[11]) + int(fact[12]) for fact in own) / os.sysconf("SC_CLK_TCK")


def _facts(path: Path) -> list[str]:
    """What stands behind a process's name: state, parent, …; as good as nothing for one that has just ended."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 20


@contextmanager
def workers(database_url: str, number: int) -> Iterator[Served]:
    """`reumi api` with that many workers and no rate limit, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "reumi", "api", "--workers", str(number), "--port", str(port), "--db", database_url]
    server = subprocess.Popen(command, env={**os.environ, "REUMI_API_RATE": "0"}, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the service did not begin to answer", 120)
        yield Served(port, server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


async def load(port: int, clients: int, seconds: float, pause: float, *, fresh: bool = True) -> Outcome:
    """`clients` ask for recommendations for `seconds`, each pausing about `pause` seconds between an answer and its next diary.

    Every diary is a new one if they are to be `fresh`; otherwise there are 36, in two moods.
    """
    outcome = Outcome()
    until_then = time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, number, until_then, pause, fresh, outcome) for number in range(clients)))
    return outcome


async def _client(port: int, number: int, until_then: float, pause: float, fresh: bool, outcome: Outcome) -> None:
    # Another seed every time: a diary of an earlier load would be remembered.
    chance = random.Random(f"{number} {time.time_ns()}")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.sleep(chance.uniform(0, pause))
        while time.perf_counter() < until_then:
            text = f"{chance.choice(DIARIES)} {chance.choice(DIARIES)}" + (f" {chance.randrange(10**6)}" if fresh else "")
            body = json.dumps({"text": text, "mode": chance.choice(["match", "lift"])}).encode()
            head = f"POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            started = time.perf_counter()
            writer.write(head.encode() + body)
            status = await _answer(reader)
            outcome.seconds.append(time.perf_counter() - started)
            if status != 200:
                outcome.failures.append(f"status {status}")
            if pause:
                await asyncio.sleep(chance.uniform(0.5 * pause, 1.5 * pause))
    except (OSError, asyncio.IncompleteReadError) as error:
        outcome.failures.append(repr(error))
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])
