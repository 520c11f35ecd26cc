"""The durable list of pages of a run: added once, leased to one crawler at a time, marked when read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scraper.ports import FrontierCounts, PageTask, TaskKind, TaskOutcome
from scraper.records import Chart, Listing, ListKey
from storage.clock import Clock, utc_now
from storage.engine import reading, writing
from storage.errors import UnknownPage
from storage.models import FrontierPage, Song
from storage.revision import move_on

_PRIORITY = {TaskKind.LIST: 0, TaskKind.LIKES: 1, TaskKind.SONG: 2}


class StoredFrontier:
    """`scraper.ports.Frontier` in the database: any number of crawlers, on any number of machines, may share one run."""

    def __init__(self, engine: Engine, run_id: str, owner: str, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._run_id = run_id
        self._owner = owner
        self._clock = clock

    def add(self, tasks: Iterable[PageTask]) -> int:
        """Add pages that the run does not know yet; returns how many were new."""
        with writing(self._engine) as connection:
            return add_pages(connection, self._run_id, tasks, self._clock())

    def lease(self, limit: int, seconds: float) -> list[PageTask]:
        """Take up to `limit` due pages for `seconds`; lists first, then likes, then songs, each in the order of adding."""
        now = self._clock()
        due = or_(
            and_(FrontierPage.state == "pending", FrontierPage.due_at <= now),
            and_(FrontierPage.state == "leased", FrontierPage.lease_until <= now),
        )
        # SKIP LOCKED (which SQLite neither has nor needs): crawlers that lease at the same moment take different pages.
        free = (
            select(FrontierPage.order_no)
            .where(FrontierPage.run_id == self._run_id, due)
            .order_by(FrontierPage.priority, FrontierPage.order_no)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            chosen = connection.scalars(free).all()
            if not chosen:
                return []
            taken = connection.execute(
                update(FrontierPage)
                .where(FrontierPage.order_no.in_(chosen))
                .values(state="leased", lease_owner=self._owner, lease_until=now + timedelta(seconds=seconds))
                .returning(FrontierPage.__table__)
            ).all()
        return [_task(dict(row._mapping)) for row in sorted(taken, key=lambda row: (row.priority, row.order_no))]

    def release(self, task: PageTask) -> None:
        """Hand a leased page back untouched."""
        self._end_lease(task, {"state": "pending"})

    def postpone(self, task: PageTask, reason: str, seconds: float) -> None:
        """Count an attempt, note the reason, and make the page due again after `seconds`."""
        due_at = self._clock() + timedelta(seconds=seconds)
        self._end_lease(task, {"state": "pending", "attempts": FrontierPage.attempts + 1, "reason": _one_line(reason), "due_at": due_at})

    def give_up(self, task: PageTask, outcome: TaskOutcome, reason: str, observed_at: datetime | None = None) -> None:
        """Mark the page as never to be read again in this run; a song that is GONE is noted as such.

        `observed_at` is when the site said so, None for now: where its page, or the same answer, came later, that stands.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            marked = _mark(connection, self._run_id, task.key, str(outcome), {"reason": _one_line(reason)})
            if marked and outcome is TaskOutcome.GONE and task.song_id is not None:
                _note_gone(connection, task.song_id, observed_at or now, now)

    def next_due(self) -> float | None:
        """Seconds until a page is due (0 = now); None when none will be.

        A page that another crawler holds counts as due when that lease ends, so that its death leaves no page unread.
        """
        now = self._clock()
        when = case((FrontierPage.state == "pending", FrontierPage.due_at), else_=FrontierPage.lease_until)
        waiting = or_(FrontierPage.state == "pending", and_(FrontierPage.state == "leased", FrontierPage.lease_owner != self._owner))
        with reading(self._engine) as connection:
            earliest = connection.scalar(select(func.min(when, type_=FrontierPage.due_at.type)).where(self._mine, waiting))
        return None if earliest is None else max(0.0, (earliest - now).total_seconds())

    def counts(self) -> FrontierCounts:
        """Pages of the run by state."""
        query = select(FrontierPage.state, func.count()).where(self._mine).group_by(FrontierPage.state)
        with reading(self._engine) as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return FrontierCounts(**{state: found.get(state, 0) for state in ("pending", "leased", "done", "gone", "failed")})

    @property
    def _mine(self) -> Any:
        return FrontierPage.run_id == self._run_id

    def _end_lease(self, task: PageTask, values: Mapping[str, Any]) -> None:
        held = (self._mine, FrontierPage.key == task.key, FrontierPage.state == "leased", FrontierPage.lease_owner == self._owner)
        with writing(self._engine) as connection:
            connection.execute(update(FrontierPage).where(*held).values(**values, lease_owner=None, lease_until=None))


def add_pages(connection: Connection, run_id: str, tasks: Iterable[PageTask], now: datetime) -> int:
    """Insert the pages that the run lacks, within the caller's transaction; returns how many."""
    rows = [
        {
            "run_id": run_id,
            "key": task.key,
            "kind": str(task.kind),
            "priority": _PRIORITY[task.kind],
            "url": task.url,
            "list_key": asdict(task.list_key) if task.list_key is not None else None,
            "start_index": task.start_index,
            "song_id": task.song_id,
            "state": "pending",
            "attempts": task.attempts,
            "due_at": now,
        }
        for task in tasks
    ]
    if not rows:
        return 0
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(FrontierPage).on_conflict_do_nothing(index_elements=["run_id", "key"]).returning(FrontierPage.order_no)
    return len(connection.scalars(statement, rows).all())


def mark_done(connection: Connection, run_id: str, key: str) -> bool:
    """Mark a page as read; False where another crawler has already done so. Raises UnknownPage."""
    return _mark(connection, run_id, key, str(TaskOutcome.DONE), {"reason": None})


def _mark(connection: Connection, run_id: str, key: str, state: str, values: Mapping[str, Any]) -> bool:
    page = (FrontierPage.run_id == run_id, FrontierPage.key == key)
    marked = connection.execute(
        update(FrontierPage).where(*page, FrontierPage.state != "done").values(state=state, lease_owner=None, lease_until=None, **values)
    )
    if marked.rowcount:
        return True
    if connection.scalar(select(FrontierPage.order_no).where(*page)) is None:
        raise UnknownPage(run_id, key)
    return False


def _note_gone(connection: Connection, song_id: str, observed_at: datetime, now: datetime) -> None:
    # A song whose lyrics were read keeps them: what the site has taken down is what cannot be read again.
    status = case((Song.lyrics.is_(None), "missing_song"), else_=Song.lyrics_status)
    latest = (Song.details_at.is_(None) | (Song.details_at <= observed_at), Song.gone_at.is_(None) | (Song.gone_at < observed_at))
    noted = connection.execute(
        update(Song).where(Song.song_id == song_id, *latest).values(gone_at=observed_at, lyrics_status=status, updated_at=now)
    )
    if noted.rowcount:
        move_on(connection)


def _task(row: Mapping[str, Any]) -> PageTask:
    return PageTask(
        key=row["key"],
        kind=TaskKind(row["kind"]),
        url=row["url"],
        list_key=_list_key(row["list_key"]),
        start_index=row["start_index"],
        song_id=row["song_id"],
        attempts=row["attempts"],
    )


def _list_key(stored: Mapping[str, Any] | None) -> ListKey | None:
    if stored is None:
        return None
    listing, chart = stored["listing"], stored["chart"]
    return ListKey(**(dict(stored) | {"listing": listing and Listing(listing), "chart": chart and Chart(chart)}))


def _one_line(reason: str) -> str:
    return " ".join(reason.replace("\x00", "").split())[:1000]
