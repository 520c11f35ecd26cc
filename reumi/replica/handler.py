"""Speaks HTTP: reads a request, lets the gate and the site answer, sends the answer well or badly."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from reumi.replica.answer import HTML, Answer
from reumi.replica.gate import replacement
from reumi.replica.site import Request

if TYPE_CHECKING:
    from reumi.replica.server import Replica

_SOLID_PATHS = ("/resource/", "/cm/", "/cm2/", "/robots.txt", "/favicon.ico")
_PIECE = 512


@dataclass(slots=True)
class LoggedRequest:
    """A request as it arrived: path with query, seconds since 1970, User-Agent ('' if none), status sent (0: no answer so far)."""

    path: str
    time: float
    user_agent: str
    status: int = 0


class Handler(BaseHTTPRequestHandler):
    """One connection to the replica that the class attribute `replica` names."""

    replica: Replica
    protocol_version = "HTTP/1.1"
    server_version = "Replica"
    sys_version = ""
    timeout = 60
    # Headers and body in one packet: the many small answers are otherwise slowed down by delayed acknowledgements.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        replica, parts = self.replica, urlsplit(self.path)
        agent = self.headers.get("User-Agent", "")
        logged = LoggedRequest(self.path, time.time(), agent)
        replica.log(logged)
        solid = parts.path.startswith(_SOLID_PATHS)
        answer, struck = (self._healthy(replica.now()), False) if solid else self._page(agent)
        logged.status = answer.status if answer else 0
        if answer is None:
            self._break_off()
        elif struck:
            self._send_badly(answer)
        else:
            self._send(answer, answer.body.encode())

    def do_HEAD(self) -> None:
        """Answer a HEAD as a GET without its body."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: requests are kept in `Replica.requests`."""

    def _healthy(self, now: datetime) -> Answer:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        host = self.headers.get("Host") or self.replica.url.removeprefix("http://")
        return self.replica.site.answer(Request(parts.path, query, f"http://{_safe(host)}", now, self.replica.faults))

    def _page(self, agent: str) -> tuple[Answer | None, bool]:
        """The answer to a page and whether its sending is to go wrong; None for no answer at all."""
        replica, faults, path = self.replica, self.replica.faults, urlsplit(self.path).path
        wait = faults.latency + (faults.likes_latency if path == "/commonlike/getSongLike.json" else 0.0)
        if wait:
            replica.closing.wait(wait / 1000)
        refused = replica.gate.refusal(path, agent, faults) or replica.gate.first_failure(self.path, faults)
        if refused is not None:
            return refused, False
        if not replica.gate.strikes(path, faults):
            return self._healthy(replica.now()), False
        if faults.hang:
            replica.closing.wait()
            return None, True
        if faults.drop == "before":
            return None, True
        return replacement(faults) or self._healthy(replica.now()), True

    def _send(self, answer: Answer, body: bytes, *, length: int | None = None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_badly(self, answer: Answer) -> None:
        faults = self.replica.faults
        body = answer.body.encode()
        if faults.charset and answer.kind == HTML:
            body = answer.body.encode(faults.charset, errors="replace")
        if faults.truncate:
            body = body[: int(len(body) * faults.truncate)]
        if faults.drop == "middle":
            self._send(answer, body[: len(body) // 2], length=len(body))
            self._break_off()
        elif faults.drip:
            self._drip(answer, body, faults.drip)
        else:
            self._send(answer, body)

    def _drip(self, answer: Answer, body: bytes, seconds: float) -> None:
        self._send(answer, b"", length=len(body))
        wait: Callable[[float], bool] = self.replica.closing.wait
        for start in range(0, len(body), _PIECE):
            if wait(seconds):
                break
            self.wfile.write(body[start : start + _PIECE])
            self.wfile.flush()

    def _break_off(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def _safe(host: str) -> str:
    return "".join(character for character in host if character.isalnum() or character in ".:-[]_")
