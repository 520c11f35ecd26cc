"""Errors as problem+json (RFC 9457): one shape for all, no text of a request echoed, no traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from recommender.errors import BadQuery, EmptyDiary, NoSongs, RecommenderError
from reumi.api.errors import ClientGone, QueueFull
from reumi.api.models import Problem
from scraper.errors import BadRequest
from storage.errors import StorageError, TextRefused
from tagging.errors import TaggingError

MEDIA_TYPE = "application/problem+json"
# Seconds after which to ask again: a line moves on within moments, what is missing or broken needs somebody's hand.
_LINE_MOVES, _REPAIR_TAKES = 5, 30
# nginx's number for a client that closed the connection; nobody receives it, but the metrics count it.
_CLIENT_GONE = 499
_LOG = logging.getLogger("reumi.api")

# Error of a lower stage → status; the first that fits.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (EmptyDiary, HTTPStatus.UNPROCESSABLE_ENTITY),
    (BadQuery, HTTPStatus.UNPROCESSABLE_ENTITY),
    (BadRequest, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TextRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NoSongs, HTTPStatus.NOT_FOUND),
    (StorageError, HTTPStatus.SERVICE_UNAVAILABLE),
    (TaggingError, HTTPStatus.SERVICE_UNAVAILABLE),
    (RecommenderError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem(
    status: HTTPStatus, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that carries a Problem."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    if errors is not None:
        body["errors"] = errors
    # The name of a file may hold half a surrogate pair, which UTF-8 cannot carry: it alone is written as JSON's escape.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(content, int(status), dict(headers or {}), MEDIA_TYPE)


def responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of these problems."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {int(status): {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def handle_errors(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unexpected)
    for kind, status in _STATUS:
        app.add_exception_handler(kind, _answering(status))
    app.add_exception_handler(QueueFull, _answering(HTTPStatus.SERVICE_UNAVAILABLE, _LINE_MOVES))
    app.add_exception_handler(ClientGone, _to_nobody)


def _answering(status: HTTPStatus, retry_after: int = _REPAIR_TAKES) -> Any:
    def handler(_request: Request, error: Exception) -> Response:
        headers = {"Retry-After": str(retry_after)} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
        return problem(status, str(error), headers=headers)

    return handler


def _to_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [_mistake(found) for found in error.errors()[:20]]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "the request does not fit the interface; `errors` says where", errors=mistakes)


def _mistake(found: Mapping[str, Any]) -> dict[str, str]:
    """Where and what. The name of a field that nobody knows is the caller's own text, and is left out."""
    where, what = tuple(found["loc"]), str(found["msg"])
    if found["type"] == "extra_forbidden":
        where, what = where[:-1], "a field that the interface does not know; /openapi.json lists those that it knows"
    return {"where": ".".join(map(str, where)), "problem": what}


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(HTTPStatus(error.status_code), str(error.detail), headers=error.headers)


def _unexpected(request: Request, error: Exception) -> Response:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the service made a mistake; its log says which")
