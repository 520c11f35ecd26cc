"""The application: puts settings, answers, limits and routes together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

from reumi import __version__
from reumi.answers import Answers
from reumi.api import routes, service_routes
from reumi.api.desk import Desk
from reumi.api.limits import RateLimit, SizeLimit
from reumi.api.metrics import Metrics, Timing
from reumi.api.models import Problem
from reumi.api.problems import handle_errors
from reumi.api.shared_rate import SharedRate
from reumi.api.threads import threads_of
from reumi.api.token import token_check
from reumi.api.work_queue import WorkQueue
from reumi.settings import Settings

_ABOUT = (
    "Reads a diary entry in Korean and answers with the songs that fit its feeling, each with its reasons. "
    "Errors are `application/problem+json`. Lyrics are never handed out, but for the one line that a reason quotes."
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the data set of the settings. Opens nothing before it is started; works without a data set, answering 503."""
    settings = settings or Settings.load()
    queue = WorkQueue(threads_of(settings.api_threads))
    desk = Desk(Answers(settings), Metrics(settings.api_shared), queue, _rate(settings))
    app = FastAPI(
        title="ReUmi",
        version=__version__,
        description=_ABOUT,
        # Their pages load scripts from a CDN; /openapi.json is what a client needs.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.desk = desk
    guards = [Depends(token_check(settings.api_token))] if settings.api_token else []
    app.include_router(routes.router, dependencies=guards)
    app.include_router(service_routes.metrics_router, dependencies=guards)
    app.include_router(service_routes.health_router)
    handle_errors(app)
    _add_limits(app, settings)
    app.add_middleware(Timing, metrics=desk.metrics)
    _describe_problems(app)
    return app


def _rate(settings: Settings) -> SharedRate | None:
    if settings.api_rate <= 0:
        return None
    return SharedRate(Path(settings.api_shared) / "rate" if settings.api_shared else None, settings.api_rate)


def _add_limits(app: FastAPI, settings: Settings) -> None:
    """Each one that is added stands before the earlier ones."""
    app.add_middleware(SizeLimit)
    desk: Desk = app.state.desk
    if desk.rate is not None:
        app.add_middleware(RateLimit, rate=desk.rate)
    origins = [origin.strip() for origin in settings.api_cors.split(",") if origin.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["Authorization", "Content-Type"]
        )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    await desk.warm()
    forgetting = asyncio.create_task(desk.forget_old_answers())
    yield
    forgetting.cancel()
    desk.close()


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem into the schema once, for the descriptions of errors to point at."""
    plain = app.openapi

    def described() -> dict[str, object]:
        schema = plain()
        parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"].update(parts.pop("$defs"), Problem=parts)
        for path in schema["paths"].values():
            for operation in path.values():
                _without_default_422(operation)
        return schema

    app.openapi = described  # type: ignore[method-assign]


def _without_default_422(operation: dict[str, object]) -> None:
    """FastAPI announces its own shape of a 422; ours is a Problem."""
    responses = operation.get("responses")
    if isinstance(responses, dict) and "application/json" in responses.get("422", {}).get("content", {}):
        responses["422"]["content"].pop("application/json")
