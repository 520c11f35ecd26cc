"""The routes that operators look at."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from recommender.errors import RecommenderError
from reumi.api.models import Health
from reumi.api.problems import responses
from reumi.api.routes import AtDesk
from storage.errors import StorageError
from tagging.errors import TaggingError

health_router = APIRouter()
metrics_router = APIRouter()


@health_router.get("/healthz", responses={503: {"model": Health, "description": "Alive, but there is nothing to answer from yet."}})
async def healthz(desk: AtDesk, response: Response) -> Health:
    """Whether the service can answer; 503 with the reason while it cannot."""
    try:
        songs = await desk.songs()
    except (RecommenderError, StorageError, TaggingError) as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Health(status="degraded", songs=0, reason=str(error))
    desk.metrics.songs.set(songs)
    return Health(status="ok", songs=songs)


@metrics_router.get(
    "/metrics",
    responses={200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}, **responses(HTTPStatus.UNAUTHORIZED)},
    response_class=Response,
)
async def metrics(desk: AtDesk) -> Response:
    """The service's numbers over all workers: requests, seconds, answers, songs."""
    return desk.metrics.page()
