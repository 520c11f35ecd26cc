"""The answers with their queue: work runs in a few threads, so that the event loop stays free to accept and to refuse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request

from recommender.errors import RecommenderError
from reumi.answers import Answers
from reumi.api.answer_memory import AnswerMemory
from reumi.api.metrics import Metrics
from reumi.api.shared_rate import SharedRate
from storage.errors import StorageError
from tagging.errors import TaggingError

T = TypeVar("T")
_LOG = logging.getLogger("reumi.api")


@dataclass(frozen=True, slots=True)
class Desk:
    """What every route needs."""

    answers: Answers
    metrics: Metrics
    threads: ThreadPoolExecutor
    rate: SharedRate | None = None
    memory: AnswerMemory = field(default_factory=AnswerMemory)

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread of the desk."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def warm(self) -> None:
        """Open model, index and database, so that the first caller need not wait; without a data set, say so and go on."""
        try:
            songs = await self.run(lambda: len(self.answers.recommender))
            await self.run(lambda: self.answers.engine)
        except (RecommenderError, StorageError, TaggingError) as error:
            _LOG.warning("not ready yet: %s", error)
            return
        self.metrics.songs.set(songs)

    def close(self) -> None:
        """Finish what is under way and let everything go."""
        self.threads.shutdown()
        self.answers.close()
        if self.rate is not None:
            self.rate.close()


async def desk_of(request: Request) -> Desk:
    """The application's desk. A coroutine, since a plain function would be called in a thread of its own at every request."""
    desk: Desk = request.app.state.desk
    return desk
