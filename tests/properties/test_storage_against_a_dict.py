"""Any sequence of observations, renames, delistings and labels, in any order of time, against a model made of dicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from scraper.ports import Harvest, PageTask, TaskKind, TaskOutcome
from scraper.records import Artist, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.engine import reading, writing
from storage.models import Base, LikeSnapshot, ListEntry, Song, SongEmotion
from storage.runs import start_run
from storage.song_rows import lyrics_hash

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
IDS = st.sampled_from(["1", "2", "3"])
TIMES = st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours))
TITLES = st.sampled_from(["봄", "봄 (Remastered)", "=여름"])
ALBUMS = st.sampled_from([None, "앨범", "다른 앨범"])
LISTS = st.sampled_from([ListKey(genre_code="GN0100", listing=Listing.STEADY), ListKey(genre_code="GN0200", listing=Listing.NEWEST)])
LYRICS = st.sampled_from([None, "첫 줄", "다른 줄\n둘째"])
GENRES = {"GN0100": "발라드", "GN0200": "댄스"}


@dataclass
class ModelSong:
    """What the data set should know of one song."""

    title: str
    album: str | None
    first_seen: datetime
    last_seen: datetime
    genre: str | None = None
    genre_source: str | None = None
    delisted_at: datetime | None = None
    lyrics: str | None = None
    lyrics_status: str = "unread"
    details_at: datetime | None = None
    gone_at: datetime | None = None
    likes: int | None = None
    likes_at: datetime | None = None

    def seen(self, at: datetime, title: str, album: str | None) -> bool:
        newer = at >= self.last_seen
        if newer:
            self.title = title
        self.album = (album or self.album) if newer else (self.album or album)
        self.first_seen, self.last_seen = min(at, self.first_seen), max(at, self.last_seen)
        return newer


@dataclass
class Model:
    songs: dict[str, ModelSong] = field(default_factory=dict)
    likes: dict[tuple[str, datetime], int] = field(default_factory=dict)
    entries: dict[tuple[str, datetime, str], int] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)

    def beside(self, song_id: str, at: datetime) -> set[int]:
        """The counts observed next to that instant, before and after it: all rules work in one run, where a repeated one is no news."""
        times = sorted(seen for known, seen in self.likes if known == song_id)
        nearest = [*[seen for seen in times if seen <= at][-1:], *[seen for seen in times if seen >= at][:1]]
        return {self.likes[song_id, seen] for seen in nearest}


class Observations(RuleBasedStateMachine):
    """Each rule does the same to the database and to the model."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.model = Model()
        with writing(engine) as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name != "data_revision":
                    connection.execute(table.delete())
        self.store = CrawlStore(engine, start_run(engine, {}, "http://site", "test", False), "me", lambda: NOON)
        self.pages = 0

    def save(self, harvest: Harvest) -> None:
        self.pages += 1
        page = PageTask(str(self.pages), TaskKind.LIST, "http://site")
        self.store.add([page])
        self.store.save(page, harvest)

    @rule(song_id=IDS, at=TIMES, key=LISTS, title=TITLES, album=ALBUMS, rank=st.integers(1, 9), available=st.booleans())
    def appear_on_a_list(self, song_id: str, at: datetime, key: ListKey, title: str, album: str | None, rank: int, available: bool) -> None:
        self.save(Harvest(at, key, (ListedSong(song_id, title, (Artist("가수"),), rank, album=album, available=available),)))
        self.model.entries.setdefault((str(key), at, song_id), rank)
        genre = GENRES[str(key.genre_code)]
        song = self.model.songs.get(song_id)
        if song is None:
            self.model.songs[song_id] = ModelSong(title, album, at, at, genre, "list", None if available else at)
            return
        if song.seen(at, title, album):
            song.delisted_at = None if available else song.delisted_at or at
        if song.genre_source != "list":
            song.genre, song.genre_source = genre, "list"

    @rule(song_id=IDS, at=TIMES, title=TITLES, album=ALBUMS, lyrics=LYRICS, genre=st.sampled_from([None, "발라드", "댄스"]))
    def have_its_page_read(self, song_id: str, at: datetime, title: str, album: str | None, lyrics: str | None, genre: str | None) -> None:
        status = LyricsStatus.OK if lyrics else LyricsStatus.PENDING
        detail = SongDetail(song_id, title, (Artist("가수"),), status, lyrics, album=album, genres=(genre,) if genre else ())
        self.save(Harvest(at, detail=detail))
        song = self.model.songs.get(song_id)
        if song is None:
            song = self.model.songs[song_id] = ModelSong(title, album, at, at)
        else:
            song.seen(at, title, album)
        if genre is not None and song.genre_source != "list":
            song.genre, song.genre_source = genre, "page"
        if song.details_at is None or at >= song.details_at:
            still_gone = song.gone_at if song.gone_at is not None and song.gone_at > at else None
            if not (still_gone and lyrics is None and song.lyrics is None):
                song.lyrics_status = str(status)
            song.lyrics, song.details_at, song.gone_at = lyrics or song.lyrics, at, still_gone
        else:
            song.lyrics = song.lyrics or lyrics

    @rule(song_id=IDS, at=TIMES, likes=st.none() | st.integers(0, 9))
    def be_liked(self, song_id: str, at: datetime, likes: int | None) -> None:
        self.save(Harvest(at, likes={song_id: likes}))
        song = self.model.songs.get(song_id)
        if song is None or likes is None or likes in self.model.beside(song_id, at):
            return
        self.model.likes.setdefault((song_id, at), likes)
        if song.likes_at is None or at >= song.likes_at:
            song.likes, song.likes_at = likes, at

    @rule(song_id=IDS, at=TIMES)
    def be_gone(self, song_id: str, at: datetime) -> None:
        self.pages += 1
        page = PageTask(str(self.pages), TaskKind.SONG, "http://site", song_id=song_id)
        self.store.add([page])
        self.store.give_up(page, TaskOutcome.GONE, "gone", at)
        song = self.model.songs.get(song_id)
        if song is not None and (song.details_at or at) <= at and (song.gone_at or at) <= at:
            song.gone_at = at
            song.lyrics_status = song.lyrics_status if song.lyrics else "missing_song"

    @rule(song_id=IDS, model=st.sampled_from(["a", "b"]), emotion=st.sampled_from(["행복", "슬픔"]))
    def be_labelled(self, song_id: str, model: str, emotion: str) -> None:
        EmotionStore(self.engine, model).save([SongEmotionRow(song_id, "h", 1, (1,) * 7, (1 / 7,) * 7, emotion)], {})
        if song_id in self.model.songs:
            self.model.labels[song_id, model] = emotion

    @invariant()
    def the_database_equals_the_model(self) -> None:
        songs = sorted(self.model.songs.items())
        facts = tuple(ModelSong.__dataclass_fields__)
        assert self.rows(Song, "song_id", *facts) == [(song_id, *(getattr(song, name) for name in facts)) for song_id, song in songs]
        assert self.rows(Song, "lyrics_hash") == [(lyrics_hash(song.lyrics),) for _, song in songs]
        likes = [(*key, number) for key, number in sorted(self.model.likes.items())]
        assert self.rows(LikeSnapshot, "song_id", "observed_at", "likes") == likes
        entries = [(*key, rank) for key, rank in sorted(self.model.entries.items())]
        assert sorted(self.rows(ListEntry, "list_name", "observed_at", "song_id", "rank")) == entries
        assert self.rows(SongEmotion, "song_id", "model_fingerprint", "main_emotion") == [
            (*key, emotion) for key, emotion in sorted(self.model.labels.items())
        ]

    def rows(self, model: type[Base], *names: str) -> list[tuple[Any, ...]]:
        table: Any = model.__table__
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in names)).order_by(*table.primary_key))]


@pytest.mark.timeout(600)
def test_no_sequence_of_observations_leaves_the_database_other_than_the_model(engine: Engine) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Observations(engine),
        settings=settings(
            max_examples=settings.default.max_examples * 3 // 10, stateful_step_count=12, suppress_health_check=list(HealthCheck)
        ),
    )
