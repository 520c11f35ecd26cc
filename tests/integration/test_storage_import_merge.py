"""Two data sets that saw one song at different times, one imported into the other: what was observed later stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from scraper.ports import Harvest, PageTask, TaskKind, TaskOutcome
from scraper.records import Artist, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.catalog import Catalog
from storage.crawl_store import CrawlStore
from storage.export import export
from storage.import_csv import import_file
from storage.runs import start_run
from storage.schema import open_for_writing

STEADY = ListKey(genre_code="GN0100", listing=Listing.STEADY)
Sighting = Callable[[CrawlStore], None]


def day(number: int) -> datetime:
    return datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=number)


def on_list(number: int, *, available: bool = True) -> Sighting:
    def see(store: CrawlStore) -> None:
        page = PageTask(f"list:{number}", TaskKind.LIST, "http://site", list_key=STEADY)
        store.add([page])
        store.save(page, Harvest(day(number), STEADY, (ListedSong("1", "노래", (Artist("가수"),), 1, available=available),)))

    return see


def on_page(number: int, lyrics: str | None) -> Sighting:
    def see(store: CrawlStore) -> None:
        page = PageTask(f"song:{number}", TaskKind.SONG, "http://site", song_id="1")
        store.add([page])
        status = LyricsStatus.OK if lyrics else LyricsStatus.PENDING
        store.save(page, Harvest(day(number), detail=SongDetail("1", "노래", (Artist("가수"),), status, lyrics)))

    return see


def gone(number: int) -> Sighting:
    def see(store: CrawlStore) -> None:
        page = PageTask(f"gone:{number}", TaskKind.SONG, "http://site", song_id="1")
        store.add([page])
        store.give_up(page, TaskOutcome.GONE, "no such song", day(number))

    return see


def seen(engine: Engine, *sightings: Sighting) -> None:
    store = CrawlStore(engine, start_run(engine, {}, "http://site", "test", False), "me")
    for sighting in sightings:
        sighting(store)


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (
            [on_list(9), on_page(8, "가사")],
            [on_list(0, available=False), gone(5)],
            {"gone_at": None, "delisted_at": None, "lyrics": "가사"},
        ),
        ([on_list(1), gone(5)], [on_list(8), on_page(8, "가사")], {"gone_at": None, "details_at": day(8), "lyrics": "가사"}),
        ([on_list(5), on_page(3, None), gone(10)], [on_list(6), on_page(6, None)], {"gone_at": day(10), "details_at": day(6)}),
        (
            [on_list(8), on_page(7, "새 가사")],
            [on_page(1, "옛 가사"), on_list(9)],
            {"lyrics": "새 가사", "details_at": day(7), "last_seen": day(9)},
        ),
        ([on_page(7, "가사")], [on_list(9)], {"lyrics": "가사", "lyrics_status": "ok", "details_at": day(7), "last_seen": day(9)}),
        ([on_list(9)], [on_list(1), on_page(1, None)], {"lyrics_status": "pending", "details_at": day(1), "last_seen": day(9)}),
    ],
)
def test_what_was_observed_later_stands_whichever_way_it_comes(
    engine: Engine, tmp_path: Path, here: list[Sighting], there: list[Sighting], expected: dict[str, Any]
) -> None:
    other = open_for_writing(f"sqlite:///{tmp_path / 'there.db'}")
    seen(engine, *here)
    seen(other, *there)
    export(other, tmp_path / "there.jsonl")
    import_file(engine, tmp_path / "there.jsonl")
    other.dispose()
    song = Catalog(engine).song("1")
    assert {name: getattr(song, name) for name in expected} == expected
    assert import_file(engine, tmp_path / "there.jsonl").unchanged == 1
