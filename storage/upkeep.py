"""Keeps a database that runs for years from growing by what nobody asks for any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete, select

from storage.engine import reading, writing
from storage.models import CrawlRun, FrontierPage


def forget_pages(engine: Engine, before: datetime) -> int:
    """Delete the frontier pages of runs that finished before an instant; returns how many. Each run is one transaction.

    The runs themselves, with their verdict and counts, stay; an unfinished run keeps its pages, since it may be continued.
    """
    has_pages = select(FrontierPage.run_id).where(FrontierPage.run_id == CrawlRun.run_id).exists()
    old = select(CrawlRun.run_id).where(CrawlRun.state == "finished", CrawlRun.finished_at < before, has_pages)
    with reading(engine) as connection:
        run_ids = connection.scalars(old).all()
    forgotten = 0
    for run_id in run_ids:
        with writing(engine) as connection:
            forgotten += connection.execute(delete(FrontierPage).where(FrontierPage.run_id == run_id)).rowcount
    return forgotten
