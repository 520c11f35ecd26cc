"""What stands before every request: the rate limit and the size limit, as plain ASGI so that a refusal costs next to nothing."""

from __future__ import annotations

import math
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reumi.api.problems import problem
from reumi.api.shared_rate import SharedRate

LARGEST_BODY = 256 * 1024
_FREE = frozenset({"/healthz", "/metrics"})


class RateLimit:
    """Refuses with 429 and Retry-After whoever sends more than the allowance."""

    def __init__(self, app: ASGIApp, rate: SharedRate) -> None:
        self._app = app
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request and pass it on, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in _FREE:
            client = scope.get("client")
            seconds = self._rate.wait(client[0] if client else "")
            if seconds > 0:
                after = str(math.ceil(seconds))
                detail = f"too many requests; the next may come in {after} s"
                await problem(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": after})(scope, receive, send)
                return
        await self._app(scope, receive, send)


class SizeLimit:
    """Refuses bodies over `largest` bytes, whether their length was told beforehand or not."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, then pass it on whole, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        body = None if told.isdigit() and int(told) > self._largest else await self._read(receive)
        if body is None:
            detail = f"the body is larger than {self._largest // 1024} KiB"
            await problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)(scope, receive, send)
            return
        await self._app(scope, _once(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._largest:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
