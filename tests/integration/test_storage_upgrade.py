"""Data written under every earlier schema comes through the upgrade, the way back, and the upgrade again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, func, select

import migrations
from storage import schema
from storage.engine import reading, writing
from storage.revisions import known_revisions

AT = "2026-11-01 03:00:00.000000+00:00"
SONG: dict[str, Any] = {
    "title": "봄",
    "artist": "가수",
    "artists": '[{"name":"가수","artist_id":null}]',
    "page_genres": "[]",
    "credits": "[]",
    "released_text": "",
    "adult": False,
    "lyrics_status": "ok",
    "lyrics": "첫 줄\n둘째 줄",
    "likes": 7,
    "first_seen": AT,
    "last_seen": AT,
    "updated_at": AT,
    "source": "crawl",
}


def test_the_revisions_are_those_that_alembic_walks() -> None:
    script = ScriptDirectory(str(next(iter(migrations.__path__))))
    assert [revision.revision for revision in script.walk_revisions()] == known_revisions()[::-1]
    assert script.get_current_head() == schema.head_revision()


def plain_insert(engine: Engine, name: str, rows: list[dict[str, Any]]) -> None:
    """Rows as that revision's own SQL would take them, not as today's models would."""
    columns = list(rows[0])
    mark = ":{}" if engine.name == "sqlite" else "%({})s"
    values = ", ".join(mark.format(column) for column in columns)
    with writing(engine) as connection:
        connection.exec_driver_sql(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})", rows)


def fill(engine: Engine, number: int) -> None:
    plain_insert(engine, "songs", [SONG | {"song_id": str(place), "likes": place} for place in range(number)])
    plain_insert(engine, "like_snapshots", [{"song_id": str(place), "observed_at": AT, "likes": place} for place in range(number)])
    entry = {"list_name": "genre/GN0100/steady", "period": "", "observed_at": AT, "rank_shown": True, "is_new": False}
    plain_insert(engine, "list_entries", [entry | {"song_id": str(place), "rank": place + 1} for place in range(number)])


def content(engine: Engine) -> list[tuple[Any, ...]]:
    found = []
    tables = {"songs": sorted({*SONG, "song_id"}), "like_snapshots": ["song_id", "likes"], "list_entries": ["song_id", "rank"]}
    for name, columns in tables.items():
        table = Table(name, MetaData(), autoload_with=engine)
        query = select(*(table.c[column] for column in columns)).order_by(table.c.song_id)
        with reading(engine) as connection:
            found += [tuple(map(str, row)) for row in connection.execute(query)]
    return found


@pytest.mark.parametrize("revision", known_revisions())
def test_data_of_every_schema_survives_up_down_and_up_again(engine: Engine, revision: str) -> None:
    schema.downgrade(engine, "base")
    schema.upgrade(engine, revision)
    assert schema.current_revision(engine) == revision
    fill(engine, 20)
    before = content(engine)
    for _ in range(2):
        schema.upgrade(engine)
        assert schema.check(engine) == []
        assert content(engine) == before
        schema.downgrade(engine, revision)
        assert content(engine) == before


@pytest.mark.slow
def test_a_hundred_thousand_songs_are_upgraded(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    schema.upgrade(engine, known_revisions()[0])
    fill(engine, 100_000)
    started = time.monotonic()
    schema.upgrade(engine)
    print(f"upgraded 100,000 songs in {time.monotonic() - started:.1f} s on {engine.name}")
    assert schema.check(engine) == []
    table = Table("songs", MetaData(), autoload_with=engine)
    with reading(engine) as connection:
        assert connection.execute(select(func.count(), func.sum(table.c.likes))).one() == (100_000, sum(range(100_000)))
