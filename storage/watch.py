"""What a person who watches a data set wants to know: how fresh each list is, how many songs wait for their labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, exists, func, select

from storage.engine import reading
from storage.models import CrawlRun, Song, SongEmotion
from storage.runs import RunView


@dataclass(frozen=True, slots=True)
class ListReading:
    """The latest reading of a list by a finished crawl: the rows read, when, and by which run."""

    list_name: str
    rows: int
    read_at: datetime
    run_id: str


def list_readings(engine: Engine) -> list[ListReading]:
    """The latest reading of every list that was ever crawled, by name; looks at one run a plan, so it stays quick over years."""
    latest = (
        select(CrawlRun.plan_key, func.max(CrawlRun.finished_at).label("finished_at"))
        .where(CrawlRun.state == "finished")
        .group_by(CrawlRun.plan_key)
        .subquery()
    )
    same = (CrawlRun.plan_key == latest.c.plan_key) & (CrawlRun.finished_at == latest.c.finished_at)
    query = select(CrawlRun.run_id, CrawlRun.finished_at, CrawlRun.coverage).join(latest, same).order_by(CrawlRun.finished_at)
    found: dict[str, ListReading] = {}
    with reading(engine) as connection:
        for run_id, finished_at, coverage in connection.execute(query):
            for name, rows in coverage.get("lists", {}).items():
                found[name] = ListReading(name, rows, finished_at, run_id)
    return sorted(found.values(), key=lambda item: item.list_name)


def song_counts(engine: Engine) -> tuple[int, int]:
    """Songs, and those of them that have lyrics which no model has read."""
    read = exists().where(SongEmotion.song_id == Song.song_id, SongEmotion.lyrics_hash == Song.lyrics_hash)
    with reading(engine) as connection:
        songs = connection.execute(select(func.count()).select_from(Song)).scalar_one()
        untagged = connection.execute(select(func.count()).select_from(Song).where(Song.lyrics_hash.is_not(None), ~read)).scalar_one()
    return songs, untagged


def lists_of_run(run: RunView | None) -> frozenset[str]:
    """The names of the lists that a crawl run read."""
    return frozenset(run.coverage.get("lists", {})) if run is not None else frozenset()
