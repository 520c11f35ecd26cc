"""The answers with their queue: work runs in a few threads, so that the event loop stays free to accept and to refuse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import Request

from recommender.errors import RecommenderError
from reumi.answers import Answers
from reumi.api.answer_memory import AnswerMemory
from reumi.api.errors import ClientGone
from reumi.api.metrics import Metrics
from reumi.api.shared_rate import SharedRate
from reumi.api.work_queue import WorkQueue
from storage.errors import StorageError
from tagging.errors import TaggingError

T = TypeVar("T")
_LOG = logging.getLogger("reumi.api")


class Desk:
    """What every route needs."""

    def __init__(self, answers: Answers, metrics: Metrics, queue: WorkQueue, rate: SharedRate | None = None) -> None:
        self.answers = answers
        self.metrics = metrics
        self.queue = queue
        self.rate = rate
        self.memory = AnswerMemory()
        # Not the queue's threads: whether the service is well must be told however long the line is.
        self._opener = ThreadPoolExecutor(1, "reumi-open")
        self._opening: asyncio.Future[int] | None = None

    async def run(self, request: Request, work: Callable[[], T]) -> T:
        """Do the work of a request in a thread of the queue. Raises QueueFull, and ClientGone once nobody waits for it any more."""
        place = self.queue.put(work)
        answer = asyncio.wrap_future(place)
        gone = asyncio.ensure_future(_gone(request))
        either: set[asyncio.Future[Any]] = {answer, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ClientGone
            return answer.result()
        finally:
            gone.cancel()
            self.queue.withdraw(place)
            answer.cancel()

    async def songs(self) -> int:
        """How many songs there are to recommend from, whatever waits in the queue. Raises what `Answers.recommender` raises."""
        opened = self.answers.opened
        if opened is not None:
            return len(opened)
        # All who ask meanwhile wait for one and the same attempt.
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().run_in_executor(self._opener, lambda: len(self.answers.recommender))
        return await asyncio.shield(self._opening)

    async def warm(self) -> None:
        """Open model, index and database, so that the first caller need not wait; without a data set, say so and go on."""
        try:
            songs = await self.songs()
            await asyncio.get_running_loop().run_in_executor(self._opener, lambda: self.answers.engine)
        except (RecommenderError, StorageError, TaggingError) as error:
            _LOG.warning("not ready yet: %s", error)
            return
        self.metrics.songs.set(songs)

    async def forget_old_answers(self) -> None:
        """Go on for ever, so that no answer outlasts its time on a service that nobody asks."""
        while True:
            await asyncio.sleep(self.memory.forget_old())

    def close(self) -> None:
        """Finish what is under way and let everything go."""
        self.queue.close()
        self._opener.shutdown()
        self.answers.close()
        if self.rate is not None:
            self.rate.close()


async def _gone(request: Request) -> None:
    """Wait until the client closes the connection; the body was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def desk_of(request: Request) -> Desk:
    """The application's desk. A coroutine, since a plain function would be called in a thread of its own at every request."""
    desk: Desk = request.app.state.desk
    return desk
