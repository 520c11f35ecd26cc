"""Locks by name, so that a job never runs twice at a time, on whatever process or host.

Both engines keep a row that says who holds the lock and that is renewed by a heartbeat; a row whose heartbeat has stopped for `STALE`,
or whose process has surely ended, is free. On PostgreSQL the holder has the server's advisory lock as well: a holder that is alive but
late with its heartbeat (a suspended machine, clocks that differ) then keeps its lock as long as its connection.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import reading, writing
from storage.errors import StorageError
from storage.models import JobLock
from storage.owners import may_live

STALE = timedelta(seconds=120)
BEAT = timedelta(seconds=15)  # how often a holder should renew its lock


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a lock: `holder` is host, process and start of the process."""

    name: str
    holder: str
    acquired_at: datetime
    heartbeat_at: datetime

    def is_live(self, now: datetime) -> bool:
        """False where the lock may be taken over."""
        return now - self.heartbeat_at < STALE and may_live(self.holder)


class HeldLock:
    """One named lock, to be acquired, renewed and released by one process."""

    def __init__(self, engine: Engine, name: str, holder: str) -> None:
        self.name = name
        self.holder = holder
        self._engine = engine
        self._session: Connection | None = None
        self._beaten: datetime | None = None

    def acquire(self, now: datetime) -> bool:
        """Take the lock if nobody holds it; False where somebody does."""
        if self._engine.name == "postgresql" and not self._open_session():
            return False
        with writing(self._engine) as connection:
            row = connection.execute(select(JobLock.__table__).where(JobLock.name == self.name)).one_or_none()
            taken = row is None or not Holding(**row._mapping).is_live(now)
            if taken:
                connection.execute(delete(JobLock).where(JobLock.name == self.name))
                values = {"name": self.name, "holder": self.holder, "acquired_at": now, "heartbeat_at": now}
                connection.execute(insert(JobLock), values)
        if taken:
            self._beaten = now
        else:
            self.disconnect()
        return taken

    def beat(self, now: datetime) -> bool:
        """Renew the lock; False where it was lost: what it protects must end at once.

        A database that is away for a moment has not lost it yet: nobody else gets it before `STALE`.
        """
        try:
            held = self._renew(now)
        except (StorageError, SQLAlchemyError):
            self.disconnect()
            return self._beaten is not None and now - self._beaten < STALE / 2
        if held:
            self._beaten = now
        else:
            self.disconnect()
        return held

    def _renew(self, now: datetime) -> bool:
        if self._session is not None:
            self._session.exec_driver_sql("SELECT 1")
        elif self._engine.name == "postgresql" and not self._open_session():
            return False
        with writing(self._engine) as connection:
            mine = (JobLock.name == self.name, JobLock.holder == self.holder)
            return connection.execute(update(JobLock).where(*mine).values(heartbeat_at=now)).rowcount == 1

    def release(self) -> None:
        """Give the lock up; one that was lost is left to its new holder."""
        with writing(self._engine) as connection:
            connection.execute(delete(JobLock).where(JobLock.name == self.name, JobLock.holder == self.holder))
        self.disconnect()

    def _open_session(self) -> bool:
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if session.exec_driver_sql(f"SELECT pg_try_advisory_lock({_number(self.name)})").scalar():
            self._session = session
            return True
        session.close()
        return False

    def disconnect(self) -> None:
        """End the connection that holds the server's lock; the row stays, and is free once it is stale."""
        session, self._session = self._session, None
        if session is None:
            return
        if not session.invalidated:
            with contextlib.suppress(StorageError, SQLAlchemyError):
                # Said aloud, since the server notices a closed connection only a moment later.
                session.exec_driver_sql(f"SELECT pg_advisory_unlock({_number(self.name)})")
        if not session.invalidated:
            session.invalidate()
        session.close()


def holding(engine: Engine, name: str) -> Holding | None:
    """Who holds a lock by its row, live or not; None where it is free."""
    return holdings(engine).get(name)


def holdings(engine: Engine) -> dict[str, Holding]:
    """Every lock's row by name."""
    with reading(engine) as connection:
        return read_holdings(connection)


def read_holdings(connection: Connection) -> dict[str, Holding]:
    """The same within a transaction."""
    return {row.name: Holding(**row._mapping) for row in connection.execute(select(JobLock.__table__))}


def _number(name: str) -> int:
    """The advisory lock's number: 63 bits of the name's hash."""
    return int.from_bytes(hashlib.sha256(f"reumi job {name}".encode()).digest()[:8], "big") >> 1
