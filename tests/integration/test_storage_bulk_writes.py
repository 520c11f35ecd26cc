"""Many rows at once: what is inserted, merged and left alone, how many are said to be, and what happens when others write too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from storage.bulk_copy import copy_straight
from storage.engine import reading, writing
from storage.errors import CannotWrite
from storage.import_csv import SAVE_SONGS
from storage.import_merge import COLUMNS
from storage.models import Song
from storage.upsert import BATCH

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
SONGS: Any = Song.__table__
FEW, MANY = 30, BATCH + 300


def song(number: int, title: str = "노래") -> tuple[Any, ...]:
    names = {"song_id": str(number), "title": title, "artist": "가수", "artists": [{"name": '"가수"\\', "artist_id": None}]}
    facts = {"page_genres": ["발라드"], "released_text": "", "adult": False, "lyrics_status": "unread", "source": "import", "credits": []}
    seen = dict.fromkeys(("first_seen", "last_seen", "updated_at"), NOON)
    values: dict[str, Any] = dict.fromkeys(COLUMNS) | names | facts | seen | {"lyrics": "첫 줄\n둘째 줄" * (number % 99)}
    return tuple(values[name] for name in COLUMNS)


def write(engine: Engine, rows: list[tuple[Any, ...]]) -> int:
    with writing(engine) as connection:
        return SAVE_SONGS.run(connection, rows)


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        found = [tuple(row) for row in connection.execute(select(*(SONGS.c[name] for name in COLUMNS)))]
    return sorted(found, key=lambda row: int(row[0]))


@pytest.mark.parametrize("number", [FEW, MANY])
def test_a_bulk_write_says_how_many_rows_it_inserted_or_changed(engine: Engine, number: int) -> None:
    rows = [song(place) for place in range(number)]
    assert write(engine, rows) == number
    assert stored(engine) == rows
    assert write(engine, rows) == 0
    mixed = [song(place, "새 제목") if place % 3 == 0 else song(place) for place in range(10, number + 10)]
    assert write(engine, mixed) == sum(place % 3 == 0 or place >= number for place in range(10, number + 10))
    assert stored(engine) == [*rows[:10], *mixed]


@pytest.mark.parametrize("number", [FEW, MANY])
def test_of_a_key_that_comes_twice_the_later_row_stays(engine: Engine, number: int) -> None:
    later = [song(place, "새 제목") for place in range(number)]
    assert write(engine, [song(place) for place in range(number)] + later) == 2 * number
    assert stored(engine) == later


@pytest.mark.postgres
def test_rows_that_another_transaction_writes_at_the_same_moment_are_merged(postgres_engine: Engine) -> None:
    done: list[int] = []
    writer = threading.Thread(target=lambda: done.append(write(postgres_engine, [song(place) for place in range(MANY)])))
    with writing(postgres_engine) as connection:
        SAVE_SONGS.run(connection, [song(MANY - 1, "옛 제목")])
        writer.start()
        _wait_until_somebody_waits(postgres_engine)
    writer.join()
    assert done == [MANY]
    assert stored(postgres_engine) == [song(place) for place in range(MANY)]


def _wait_until_somebody_waits(engine: Engine) -> None:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    waiting = 0
    while not waiting:
        with engine.connect() as connection:
            waiting = connection.execute(query).scalar_one()


@pytest.mark.postgres
def test_a_server_that_goes_away_during_a_bulk_write_is_one_sentence(postgres_engine: Engine) -> None:
    backend = 0

    class Interrupted(list[tuple[Any, ...]]):
        def __iter__(self) -> Iterator[tuple[Any, ...]]:
            for place, row in enumerate(super().__iter__()):
                if place == MANY // 2:
                    with postgres_engine.connect() as other:
                        other.execute(select(func.pg_terminate_backend(backend)))
                yield row

    def write_interrupted() -> None:
        nonlocal backend
        with writing(postgres_engine) as connection:
            backend = connection.execute(select(func.pg_backend_pid())).scalar_one()
            copy_straight(connection, SONGS, COLUMNS, Interrupted(song(place) for place in range(MANY)))

    with pytest.raises(CannotWrite, match="closed the connection"):
        write_interrupted()
    assert stored(postgres_engine) == []
