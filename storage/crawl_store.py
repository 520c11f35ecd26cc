"""What a crawl writes to: the frontier of its run, and a sink where one page is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from scraper.ports import Harvest, PageTask
from storage.clock import Clock, utc_now
from storage.engine import reading, writing
from storage.frontier import StoredFrontier, add_pages, mark_done
from storage.known import chunks
from storage.likes import observe_likes
from storage.models import ListEntry, Song
from storage.revision import move_on
from storage.song_rows import DETAIL, LISTED, detail_row, listed_row
from storage.upsert import Upsert

_ATTEMPTS = 5
_ENTRIES: Any = ListEntry.__table__
_ENTRY_COLUMNS = ("list_name", "period", "observed_at", "song_id", "rank", "rank_shown", "rank_change", "is_new", "run_id")
APPEND_ENTRIES = Upsert(_ENTRIES, _ENTRY_COLUMNS, append=True)


class CrawlStore(StoredFrontier):
    """`scraper.ports.Frontier` and `scraper.ports.Sink` of one run for one crawler."""

    def __init__(self, engine: Engine, run_id: str, owner: str, clock: Clock = utc_now) -> None:
        super().__init__(engine, run_id, owner, clock)

    def save(self, task: PageTask, harvest: Harvest, follow: Sequence[PageTask] = ()) -> None:
        """One transaction: records, history, the pages to follow, and the frontier's mark that `task` is done.

        A page that another crawler has saved meanwhile is left as that one saved it. Raises UnknownPage, TextRefused.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._save(task, harvest, follow)
            except DBAPIError as error:
                # Two crawlers that write the same songs in different orders: PostgreSQL takes one back whole, which goes again.
                if attempt == _ATTEMPTS or type(error.orig).__name__ != "DeadlockDetected":
                    raise
            else:
                return

    def _save(self, task: PageTask, harvest: Harvest, follow: Sequence[PageTask]) -> None:
        now = self._clock()
        with writing(self._engine) as connection:
            if not mark_done(connection, self._run_id, task.key):
                return
            self._save_list(connection, harvest, now)
            if harvest.detail is not None:
                DETAIL.run(connection, [detail_row(harvest.detail, harvest.observed_at, now)])
            observe_likes(connection, harvest.likes, harvest.observed_at, self._run_id, now)
            add_pages(connection, self._run_id, follow, now)
            if harvest.listed or harvest.detail is not None or harvest.likes:
                move_on(connection)

    def due_details(self, song_ids: Sequence[str], older_than: timedelta) -> set[str]:
        """Those songs whose own page was never read, or was read longer ago than `older_than`; a gone song counts as read."""
        limit = self._clock() - older_than
        fresh: set[str] = set()
        with reading(self._engine) as connection:
            for wanted in chunks(song_ids):
                read = select(Song.song_id).where(Song.song_id.in_(wanted), (Song.details_at >= limit) | (Song.gone_at >= limit))
                fresh.update(connection.scalars(read))
        return set(song_ids) - fresh

    def _save_list(self, connection: Connection, harvest: Harvest, now: datetime) -> None:
        if harvest.list_key is None or not harvest.listed:
            return
        key, seen = harvest.list_key, harvest.observed_at
        # In the order of ids: two crawlers that save overlapping lists then wait for each other instead of deadlocking.
        songs = sorted({song.song_id: song for song in harvest.listed}.values(), key=lambda song: song.song_id)
        LISTED.run(connection, [listed_row(song, key, seen, now) for song in songs])
        APPEND_ENTRIES.run(
            connection,
            [
                (str(key), key.period or "", seen, song.song_id, song.rank, song.rank_shown, song.rank_change, song.is_new, self._run_id)
                for song in songs
            ],
        )
