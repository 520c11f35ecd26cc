"""One crawl of a site at a time on a machine: a row of `job_locks`, claimed in one transaction before the site is asked for anything.

Unlike a job's lock it has no heartbeat: claimers are processes of one machine, which can tell for certain whether another one lives.
"""

from __future__ import annotations

import contextlib

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from storage.clock import utc_now
from storage.engine import writing
from storage.errors import StorageError
from storage.models import JobLock
from storage.owners import may_live


def claim_site(engine: Engine, site_url: str, process: str) -> str | None:
    """Take a site for a process (as `this_process` names it); returns the one that has it, or None where it was free."""
    held = select(JobLock.holder).where(JobLock.name == _name(site_url, process))
    with writing(engine) as connection:
        other: str | None = connection.execute(held).scalar_one_or_none()
        if other is not None and may_live(other):
            return other
        if other is not None:
            connection.execute(delete(JobLock).where(JobLock.name == _name(site_url, process), JobLock.holder == other))
        now = utc_now()
        values = {"name": _name(site_url, process), "holder": process, "acquired_at": now, "heartbeat_at": now}
        dialect = sqlite if engine.name == "sqlite" else postgresql
        # A server lets two claimers find nobody at one instant: the table's key then lets one of them in.
        claim = dialect.insert(JobLock).values(values).on_conflict_do_nothing().returning(JobLock.name)
        if connection.execute(claim).one_or_none() is not None:
            return None
        return connection.execute(held).scalar_one_or_none() or process


def release_site(engine: Engine, site_url: str, process: str) -> None:
    """Give a site up. Where the database is away the row stays, and is free as soon as the process has ended."""
    with contextlib.suppress(StorageError, SQLAlchemyError), writing(engine) as connection:
        connection.execute(delete(JobLock).where(JobLock.name == _name(site_url, process), JobLock.holder == process))


def _name(site_url: str, process: str) -> str:
    """The lock's name; no job's name begins with a dot."""
    return f".crawl {process.partition('/')[0]} {site_url}"
