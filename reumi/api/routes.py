"""The routes under /v1."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from reumi.api.answer_memory import Remembered
from reumi.api.desk import Desk, desk_of
from reumi.api.models import (
    Answer,
    EmotionsAnswer,
    EmotionsRequest,
    GenreName,
    Likes,
    RecommendationRequest,
    SearchText,
    SentenceFeeling,
    SongFacts,
    SongId,
    SongPage,
    SongSummary,
)
from reumi.api.problems import responses
from reumi.entry import notice
from scraper.records import Chart, Listing
from storage.catalog import Catalog, SongFilter
from storage.charts import ChartView, latest_chart
from storage.stats import Stats
from tagging.emotions import LABELS, Emotion

_COMMON = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
router = APIRouter(prefix="/v1", responses=responses(*_COMMON))
_ANSWER = TypeAdapter(Answer)
AtDesk = Annotated[Desk, Depends(desk_of)]


@router.post("/recommendations", response_model=Answer, responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST))
async def recommendations(wanted: RecommendationRequest, request: Request, desk: AtDesk) -> Response:
    """Songs that fit a diary entry, best first, with their reasons; 404 when no song passes the filters."""
    asked = repr(wanted)
    answered = desk.memory.get(desk.answers.opened, asked)
    if answered is None:
        answered = await desk.run(request, lambda: _answer(wanted, desk, asked))
    desk.metrics.answers.labels(wanted.mode.value, answered.emotion).inc()
    return Response(answered.body, media_type="application/json")


def _answer(wanted: RecommendationRequest, desk: Desk, asked: str) -> Remembered:
    recommender = desk.answers.recommender
    found = recommender.recommend(wanted.text, wanted.k, wanted.wish(), scorer=wanted.scorer)
    answer = Remembered(_ANSWER.dump_json(Answer.to(wanted.text, found)), found.emotion)
    desk.memory.put(recommender, asked, answer)
    return answer


@router.post("/emotions", responses=responses(HTTPStatus.BAD_REQUEST))
async def emotions(wanted: EmotionsRequest, request: Request, desk: AtDesk) -> EmotionsAnswer:
    """The feeling of a text, as a whole and sentence by sentence."""
    return await desk.run(request, lambda: _feeling(wanted.text, desk))


def _feeling(text: str, desk: Desk) -> EmotionsAnswer:
    reading = desk.answers.read(text)
    return EmotionsAnswer(
        emotion=reading.emotion,
        probabilities={label: float(share) for label, share in zip(LABELS, reading.probabilities, strict=True)},
        sentences=[SentenceFeeling(text=said.text, emotion=said.emotion, weight=said.weight) for said in reading.sentences],
        model=desk.answers.classifier.fingerprint,
        notice=notice(text),
    )


@router.get("/songs")
async def songs(
    request: Request,
    desk: AtDesk,
    text: Annotated[SearchText | None, Query(description="Looked for in title, artist, album and lyrics.")] = None,
    genre: Annotated[GenreName | None, Query(description="A genre's name or code.")] = None,
    emotion: Emotion | None = None,
    listing: Annotated[Listing | None, Query(description="Ever seen on a genre's list of this order.")] = None,
    chart: Annotated[Chart | None, Query(description="Ever seen on this chart.")] = None,
    min_likes: Likes | None = None,
    after: Annotated[SongId | None, Query(description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SongPage:
    """Songs of the data set in the order of ids, a page at a time."""
    wanted = SongFilter(
        text=text,
        genre=genre,
        emotion=emotion.value if emotion else None,
        listing=listing.value if listing else None,
        chart=chart.value if chart else None,
        min_likes=min_likes,
        after=after,
        limit=limit + 1,
    )
    found = await desk.run(request, lambda: list(Catalog(desk.answers.engine).search(wanted)))
    page = [SongSummary.of(song) for song in found[:limit]]
    return SongPage(songs=page, next=page[-1].song_id if len(found) > limit else None)


@router.get("/songs/{song_id}", responses=responses(HTTPStatus.NOT_FOUND))
async def song(song_id: Annotated[SongId, Path()], request: Request, desk: AtDesk) -> SongFacts:
    """Everything known about one song, with the history of its likes and ranks."""

    def look() -> SongFacts | None:
        catalog = Catalog(desk.answers.engine)
        found = catalog.song(song_id)
        return SongFacts.known(found, catalog.like_history(song_id), catalog.rank_history(song_id)) if found else None

    found = await desk.run(request, look)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no song {song_id} is stored")
    return found


@router.get("/charts/{chart}", responses=responses(HTTPStatus.NOT_FOUND))
async def chart(
    chart: Chart,
    request: Request,
    desk: AtDesk,
    class_code: Annotated[str, Query(pattern=r"^GN[0-9]{4}$", description="The chart's genre filter; GN0000 is all.")] = "GN0000",
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> ChartView:
    """A chart as last read."""
    found = await desk.run(request, lambda: latest_chart(desk.answers.engine, chart.value, class_code, limit))
    if found is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"the chart {chart.value} ({class_code}) was never read: run `reumi crawl --chart {chart.value}`"
        )
    return found


@router.get("/stats")
async def stats(request: Request, desk: AtDesk) -> Stats:
    """What the data set holds, and how fresh it is."""
    return await desk.run(request, lambda: Catalog(desk.answers.engine).stats())
