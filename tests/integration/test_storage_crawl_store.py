"""Frontier and sink: one page is one transaction, and no page is read twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from scraper.ports import Harvest, PageTask, TaskKind, TaskOutcome
from scraper.records import Artist, Credit, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.crawl_store import CrawlStore
from storage.engine import reading
from storage.errors import TextRefused, UnknownPage
from storage.models import LikeSnapshot, ListEntry, Song
from storage.owners import this_process
from storage.runs import open_run, start_run
from storage.snapshot import data_version

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
STEADY = ListKey(genre_code="GN0100", listing=Listing.STEADY)
PLAN = {"lists": ["genre/GN0100/steady"], "limit": 50}
LIST_PAGE = PageTask("list:1", TaskKind.LIST, "http://site/list", list_key=STEADY)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def listed(number: int, **changes: object) -> ListedSong:
    song = ListedSong(str(number), f"노래 {number}", (Artist("가수", "77"), Artist("둘째")), rank=number, album="앨범", album_id="5")
    return replace(song, **changes)  # type: ignore[arg-type]


def detail(number: int, lyrics: str | None = "첫 줄\n\n둘째 줄", **changes: object) -> SongDetail:
    status = LyricsStatus.OK if lyrics else LyricsStatus.PENDING
    song = SongDetail(
        str(number),
        f"노래 {number}",
        (Artist("가수", "77"),),
        status,
        lyrics,
        genres=("발라드", "국내드라마"),
        released_text="2017.06.26",
        released=date(2017, 6, 26),
        credits=(Credit("지은이", "작사"),),
    )
    return replace(song, **changes)  # type: ignore[arg-type]


def song_page(number: int) -> PageTask:
    return PageTask(f"song:{number}", TaskKind.SONG, f"http://site/song/{number}", song_id=str(number))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> CrawlStore:
    return CrawlStore(engine, start_run(engine, PLAN, "http://site", "test", False), this_process(), clock)


def rows(engine: Engine, model: type, *columns: str) -> list[tuple[object, ...]]:
    table = model.__table__
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in columns)).order_by(*table.primary_key))]


def test_a_list_page_brings_songs_ranks_and_the_pages_to_follow_at_once(engine: Engine, store: CrawlStore) -> None:
    store.add([LIST_PAGE])
    before = data_version(engine)
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1), listed(2)), likes={"1": 10, "2": None, "99": 4}), [song_page(1), song_page(2)])
    assert rows(engine, Song, "song_id", "title", "artist", "genre", "genre_code", "likes", "lyrics_status") == [
        ("1", "노래 1", "가수, 둘째", "발라드", "GN0100", 10, "unread"),
        ("2", "노래 2", "가수, 둘째", "발라드", "GN0100", None, "unread"),
    ]
    assert rows(engine, ListEntry, "list_name", "period", "song_id", "rank") == [
        ("genre/GN0100/steady", "", "1", 1),
        ("genre/GN0100/steady", "", "2", 2),
    ]
    assert rows(engine, LikeSnapshot, "song_id", "likes", "observed_at") == [("1", 10, NOON)]
    assert store.counts().pending == 2
    assert store.counts().done == 1
    assert data_version(engine) != before


def test_a_page_that_another_crawler_saved_meanwhile_is_not_saved_twice(engine: Engine, store: CrawlStore) -> None:
    store.add([LIST_PAGE])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1),)))
    store.save(LIST_PAGE, Harvest(NOON + timedelta(seconds=1), STEADY, (listed(1), listed(2))))
    assert rows(engine, ListEntry, "song_id") == [("1",)]


def test_a_page_outside_the_frontier_is_refused(store: CrawlStore) -> None:
    with pytest.raises(UnknownPage, match="list:1"):
        store.save(LIST_PAGE, Harvest(NOON))


def test_a_text_that_cannot_be_stored_leaves_the_page_unread(engine: Engine, store: CrawlStore) -> None:
    store.add([LIST_PAGE])
    with pytest.raises(TextRefused, match="title of song 1"):
        store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1, title="a\x00b"),)))
    assert store.counts().pending == 1
    assert rows(engine, Song, "song_id") == []


def test_lists_are_read_before_likes_before_songs_in_the_order_of_adding(store: CrawlStore) -> None:
    likes = PageTask("likes:1", TaskKind.LIKES, "http://site/likes?contsIds=1")
    assert store.add([song_page(2), song_page(1), likes, LIST_PAGE]) == 4
    assert store.add([song_page(2), song_page(3)]) == 1
    assert [task.key for task in store.lease(10, 60)] == ["list:1", "likes:1", "song:2", "song:1", "song:3"]
    assert store.lease(10, 60) == []


def test_a_leased_page_comes_back_as_it_was_added(store: CrawlStore) -> None:
    store.add([LIST_PAGE])
    assert store.lease(1, 60) == [LIST_PAGE]


def test_a_lease_that_ran_out_is_given_to_the_next_crawler(engine: Engine, store: CrawlStore, clock: Clock) -> None:
    other = CrawlStore(engine, store._run_id, "elsewhere/1/1", clock)
    store.add([song_page(1)])
    assert store.lease(1, 60)
    assert other.next_due() == 60
    assert other.lease(1, 60) == []
    clock.now += timedelta(seconds=61)
    assert [task.key for task in other.lease(1, 60)] == ["song:1"]
    store.release(song_page(1))
    assert store.counts().leased == 1, "only the holder may hand a page back"


def test_a_dead_process_keeps_no_page(engine: Engine, store: CrawlStore) -> None:
    host = this_process().split("/")[0]
    dead = CrawlStore(engine, store._run_id, f"{host}/999999999/1")
    dead.add([song_page(1)])
    assert dead.lease(1, 3600)
    assert open_run(engine, {"limit": 50, "lists": ["genre/GN0100/steady"]}) == store._run_id
    assert store.counts().pending == 1


def test_a_postponed_page_waits_and_counts_its_attempts(store: CrawlStore, clock: Clock) -> None:
    store.add([song_page(1)])
    (task,) = store.lease(1, 60)
    store.postpone(task, "timed out", 30)
    assert store.lease(1, 60) == []
    assert store.next_due() == 30
    clock.now += timedelta(seconds=30)
    assert store.next_due() == 0
    assert store.lease(1, 60)[0].attempts == 1
    assert store.next_due() is None


def test_a_gone_song_is_noted_and_not_asked_for_again(engine: Engine, store: CrawlStore) -> None:
    store.add([LIST_PAGE, song_page(1)])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1),)))
    store.give_up(song_page(1), TaskOutcome.GONE, "no such song")
    assert rows(engine, Song, "lyrics_status", "gone_at") == [("missing_song", NOON)]
    assert store.due_details(["1", "2"], timedelta(days=30)) == {"2"}


def test_a_replayed_answer_that_a_song_is_gone_yields_to_what_came_later(engine: Engine, store: CrawlStore) -> None:
    def say_gone(number: int, at: datetime) -> None:
        page = replace(song_page(number), key=f"song:{number}:{at}")
        store.add([page])
        store.give_up(page, TaskOutcome.GONE, "no such song", at)

    last_year = NOON - timedelta(days=400)
    store.add([LIST_PAGE, song_page(1)])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1), listed(2))))
    store.save(song_page(1), Harvest(NOON, detail=detail(1, lyrics=None)))
    before = data_version(engine)
    say_gone(1, last_year)
    assert data_version(engine) == before
    say_gone(2, last_year)
    assert rows(engine, Song, "gone_at", "lyrics_status") == [(None, "pending"), (last_year, "missing_song")]
    assert store.due_details(["1", "2"], timedelta(days=30)) == {"2"}
    for at in (NOON, last_year):
        say_gone(1, at)
        assert rows(engine, Song, "gone_at", "lyrics_status")[0] == (NOON, "missing_song")


@pytest.mark.parametrize(("lyrics", "status"), [(None, "missing_song"), ("가사", "ok")])
def test_a_replayed_page_of_a_song_that_has_gone_since_leaves_it_gone(
    engine: Engine, store: CrawlStore, lyrics: str | None, status: str
) -> None:
    first, between, gone_at = (NOON - timedelta(days=days) for days in (30, 20, 10))
    pages = [replace(song_page(1), key=f"song:1:{name}") for name in ("first", "gone", "between", "back")]
    store.add(pages)
    store.save(pages[0], Harvest(first, detail=detail(1, lyrics=None)))
    store.give_up(pages[1], TaskOutcome.GONE, "no such song", gone_at)
    store.save(pages[2], Harvest(between, detail=detail(1, lyrics=lyrics, title="그사이 제목")))
    found = rows(engine, Song, "gone_at", "lyrics_status", "lyrics", "title", "details_at")
    assert found == [(gone_at, status, lyrics, "그사이 제목", between)], "as if the three had been read in their order"
    store.save(pages[3], Harvest(NOON, detail=detail(1, lyrics=lyrics)))
    assert rows(engine, Song, "gone_at", "details_at") == [(None, NOON)]


def test_a_song_page_adds_what_only_it_knows(engine: Engine, store: CrawlStore, clock: Clock) -> None:
    store.add([LIST_PAGE, song_page(1)])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1),)))
    assert store.due_details(["1"], timedelta(days=30)) == {"1"}
    store.save(song_page(1), Harvest(NOON, detail=detail(1)))
    found = rows(engine, Song, "lyrics", "released", "page_genres", "credits", "details_at", "album", "source")
    assert found == [
        (
            "첫 줄\n\n둘째 줄",
            date(2017, 6, 26),
            ["발라드", "국내드라마"],
            [{"name": "지은이", "role": "작사", "artist_id": None}],
            NOON,
            "앨범",
            "crawl",
        )
    ]
    assert store.due_details(["1"], timedelta(days=30)) == set()
    clock.now += timedelta(days=31)
    assert store.due_details(["1"], timedelta(days=30)) == {"1"}


def test_lyrics_once_read_outlive_a_page_without_them(engine: Engine, store: CrawlStore) -> None:
    store.add([song_page(1), replace(song_page(1), key="song:1:again")])
    store.save(song_page(1), Harvest(NOON, detail=detail(1)))
    store.save(replace(song_page(1), key="song:1:again"), Harvest(NOON + timedelta(days=1), detail=detail(1, lyrics=None)))
    assert rows(engine, Song, "lyrics", "lyrics_status") == [("첫 줄\n\n둘째 줄", "pending")]


def test_the_genre_list_outranks_the_page_and_the_first_list_the_later_ones(engine: Engine, store: CrawlStore) -> None:
    dance = ListKey(genre_code="GN0200", listing=Listing.POPULAR)
    second, third = replace(LIST_PAGE, key="list:2", list_key=dance), replace(LIST_PAGE, key="list:3")
    store.add([song_page(1), second, third])
    store.save(song_page(1), Harvest(NOON, detail=detail(1)))
    assert rows(engine, Song, "genre") == [("발라드",)]
    store.save(second, Harvest(NOON, dance, (listed(1),)))
    assert rows(engine, Song, "genre") == [("댄스",)]
    store.save(third, Harvest(NOON, STEADY, (listed(1),)))
    assert rows(engine, Song, "genre", "genre_code") == [("댄스", "GN0200")]


def test_an_older_observation_adds_history_but_overrides_nothing(engine: Engine, store: CrawlStore) -> None:
    older = replace(LIST_PAGE, key="list:old")
    store.add([LIST_PAGE, older])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1),), likes={"1": 10}))
    earlier = NOON - timedelta(days=9)
    store.save(older, Harvest(earlier, STEADY, (listed(1, title="옛 제목", available=False),), likes={"1": 7}))
    assert rows(engine, Song, "title", "likes", "first_seen", "last_seen", "delisted_at") == [("노래 1", 10, earlier, NOON, None)]
    assert rows(engine, LikeSnapshot, "likes") == [(7,), (10,)]


def test_a_song_on_several_lists_has_its_likes_kept_once_a_run(engine: Engine, store: CrawlStore, clock: Clock) -> None:
    def answer(to: CrawlStore, minutes: int, likes: int) -> None:
        page = PageTask(f"likes:{minutes}", TaskKind.LIKES, "http://site/likes?contsIds=1")
        to.add([page])
        to.save(page, Harvest(NOON + timedelta(minutes=minutes), likes={"1": likes}))

    store.add([LIST_PAGE])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, (listed(1),)))
    for minutes, likes in ((1, 10), (3, 10), (2, 10), (0, 10), (4, 11), (5, 10)):
        answer(store, minutes, likes)
    at = {minutes: NOON + timedelta(minutes=minutes) for minutes in range(9)}
    assert rows(engine, LikeSnapshot, "observed_at", "likes") == [(at[1], 10), (at[4], 11), (at[5], 10)]
    assert rows(engine, Song, "likes", "likes_at") == [(10, at[5])]
    later = CrawlStore(engine, start_run(engine, PLAN, "http://site", "test", False), this_process(), clock)
    answer(later, 7, 10)
    answer(store, 8, 10)
    assert rows(engine, LikeSnapshot, "observed_at", "run_id")[3:] == [(at[7], later._run_id), (at[8], store._run_id)]


def test_a_delisting_lasts_until_the_song_can_be_played_again(engine: Engine, store: CrawlStore) -> None:
    for day, available, expected in ((0, False, NOON), (1, False, NOON), (2, True, None)):
        page = replace(LIST_PAGE, key=f"list:{day}")
        store.add([page])
        store.save(page, Harvest(NOON + timedelta(days=day), STEADY, (listed(1, available=available),)))
        assert rows(engine, Song, "delisted_at") == [(expected,)]


def test_a_long_list_takes_the_bulk_path_with_the_same_outcome(engine: Engine, store: CrawlStore) -> None:
    songs = tuple(listed(number) for number in range(1, 700))
    again = replace(LIST_PAGE, key="list:2")
    store.add([LIST_PAGE, again])
    store.save(LIST_PAGE, Harvest(NOON, STEADY, songs))
    store.save(again, Harvest(NOON + timedelta(days=1), STEADY, (listed(1, title="새 제목"), *songs[1:])))
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(ListEntry)) == 2 * 699
        assert connection.scalar(select(Song.title).where(Song.song_id == "1")) == "새 제목"
