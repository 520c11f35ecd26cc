"""The optional token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

_BEARER = HTTPBearer(auto_error=False)


def token_check(token: str) -> Callable[..., Awaitable[None]]:
    """A dependency that lets only callers with this token pass; compared in constant time."""
    expected = token.encode()

    # A coroutine, as `desk_of` is one.
    async def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), expected):
            detail = "this service asks for its token: send `Authorization: Bearer <token>`"
            raise HTTPException(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})

    return check
