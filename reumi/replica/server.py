"""The replica as a server on the loopback interface, for the demo and for tests.

with Replica(filler=1000, faults=Faults(latency=60)) as replica:
    crawl(replica.url)
assert len(replica.requests) < 100
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

from reumi.replica.clock import DEFAULT_NOW, in_seoul
from reumi.replica.errors import PortTaken
from reumi.replica.faults import Faults
from reumi.replica.gate import Gate
from reumi.replica.handler import Handler, LoggedRequest
from reumi.replica.site import Site

__all__ = ["Faults", "LoggedRequest", "Replica"]


class Replica:
    """A local Melon in a thread of its own.

    `port` 0 takes any free one. `filler` adds that many generated songs. `robots` is `open` or `melon`. `now` sets the site's clock: an
    instant (it then stands still; naive means Seoul time) or a function that tells it; None is a fixed evening, so that two crawls agree.
    `faults` may be replaced or changed while it runs. Raises PortTaken.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        faults: Faults | None = None,
        filler: int = 0,
        robots: str = "open",
        now: datetime | Callable[[], datetime] | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.site = Site(filler=filler, robots=robots)
        self.gate = Gate()
        self.closing = threading.Event()
        self._clock = now or DEFAULT_NOW
        self._advanced = timedelta()
        self._requests: list[LoggedRequest] = []
        self._lock = threading.Lock()
        handler = type("ReplicaHandler", (Handler,), {"replica": self})
        try:
            self._server = _Server(("127.0.0.1", port), handler)
        except (OSError, OverflowError) as error:
            raise PortTaken(port, getattr(error, "strerror", None) or str(error)) from error
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="replica", daemon=True)

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, pictures and scripts included, in order of arrival; one that still waits has status 0."""
        with self._lock:
            return list(self._requests)

    def pages(self, prefix: str = "/") -> list[LoggedRequest]:
        """Requests whose path begins with `prefix`, without scripts, pictures and robots.txt."""
        aside = ("/resource/", "/cm/", "/cm2/", "/robots.txt", "/favicon.ico")
        return [request for request in self.requests if request.path.startswith(prefix) and not request.path.startswith(aside)]

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def log(self, request: LoggedRequest) -> None:
        """Note a request."""
        with self._lock:
            self._requests.append(request)

    def now(self) -> datetime:
        """The site's clock, Seoul time."""
        clock = self._clock() if callable(self._clock) else self._clock
        return in_seoul(clock) + self._advanced

    def advance(self, step: timedelta) -> None:
        """Move the site's clock on: likes grow, ranks move."""
        self._advanced += step

    def start(self) -> Replica:
        """Begin to answer; returns itself."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, let hanging requests go, free the port. Safe to call twice."""
        if self.closing.is_set():
            return
        self.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Replica:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    # A second replica on the same port must fail, not share it.
    allow_reuse_address = True
    allow_reuse_port = False

    def server_bind(self) -> None:
        # The base class asks the resolver for a name of the address, which can take seconds and is of no use here.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that closes a connection early is ordinary.
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, OSError)):
            super().handle_error(request, client_address)
