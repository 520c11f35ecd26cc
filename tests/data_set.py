"""A tagged data set of the replica's songs, made without a browser in about a second; and the service over it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from reumi.api.app import create_app
from reumi.jobs.tag import TagOrder, tag_database
from reumi.replica.catalogue import Song, load_songs
from reumi.settings import Settings
from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, Chart, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from scraper.site import SEVEN_GENRES
from storage.crawl_store import CrawlStore
from storage.runs import finish_run, start_run
from storage.schema import open_for_writing
from tagging.bundle import DEFAULT_FOLDER, write_config
from tagging.linear import FILE as LINEAR_FILE

SEEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
_NAMES = {genre.code: genre.name for genre in SEVEN_GENRES}
SCRIPT = "<script>window.hacked = true</script>"
# A sad song whose every text tries to be more than text.
HOSTILE = Song(
    song_id="66600001",
    title=f'{SCRIPT}<img src=x onerror="window.hacked=true"> **굵게** [링크](javascript:alert(1)) "따옴표\' $x^2$ :smile: 🎂',
    artists=("<b>가수</b> & `친구`",),
    artist_ids=("1",),
    album="</style><script>window.hacked = true</script>",
    album_id="1",
    released="2020.01.01",
    genre_code="GN0100",
    lyrics=f'오늘은 괜히 눈물이 났다 {SCRIPT}\n=HYPERLINK("http://example.com")\n슬픔에 젖어 혼자 울었다\n눈물이 멈추지 않아 너무 슬프다',
    fixed_likes=7,
)


def make_data_set(place: Path, songs: Sequence[Song] | None = None, *, covers: str = "", days: int = 3) -> str:
    """Store songs as crawls of `days` days would have, label them, and return the database's URL; `covers` is a replica's address."""
    url = f"sqlite:///{place}"
    chosen = list(load_songs().values() if songs is None else songs)
    engine = open_for_writing(url)
    for day in range(days):
        run_id = start_run(engine, {"genres": "all"}, covers or "http://127.0.0.1", "test", False)
        store = CrawlStore(engine, run_id, "test", lambda: SEEN)
        for number, harvest in enumerate(_harvests(chosen, covers, day)):
            task = PageTask(f"page:{number}", TaskKind.LIST, "http://127.0.0.1")
            store.add([task])
            store.save(task, harvest)
        finish_run(engine, run_id, "finished", "ok", [], {}, {}, len(chosen))
    engine.dispose()
    tag_database(url, TagOrder(model=str(light_model(place.parent))))
    return url


def light_model(folder: Path) -> Path:
    """The linear part of the default model alone: labels songs a hundred times faster than the whole."""
    model = folder / "light-model"
    if not model.exists():
        model.mkdir()
        shutil.copy(DEFAULT_FOLDER / LINEAR_FILE, model / LINEAR_FILE)
        write_config(model, name="light", kind="linear", parts={"linear": 1.0})
    return model


def _harvests(songs: Sequence[Song], covers: str, day: int) -> Iterator[Harvest]:
    at = SEEN + timedelta(days=day)
    listed = [_listed(song, covers, rank) for rank, song in enumerate(songs, start=1)]
    for code in _NAMES:
        own = tuple(row for row, song in zip(listed, songs, strict=True) if song.genre_code == code)
        likes = {row.song_id: 100 * row.rank + day for row in own}
        yield Harvest(at, ListKey(genre_code=code, listing=Listing.STEADY), own, likes=likes)
    yield Harvest(at, ListKey(chart=Chart.TOP100, period=f"{at:%Y%m%d}21"), tuple(listed[:100]))
    if day == 0:
        for song in songs:
            yield Harvest(at, detail=_detail(song, covers))


def _listed(song: Song, covers: str, rank: int) -> ListedSong:
    return ListedSong(
        song.song_id, song.title, _artists(song), rank, album=song.album, album_id=song.album_id, image_url=_cover(song, covers)
    )


def _detail(song: Song, covers: str) -> SongDetail:
    sung = bool(song.lyrics) and song.lyrics_case == "ok"
    return SongDetail(
        song.song_id,
        song.title,
        _artists(song),
        LyricsStatus.OK if sung else LyricsStatus.NONE,
        song.lyrics if sung else None,
        album=song.album,
        album_id=song.album_id,
        genres=(_NAMES.get(song.genre_code, "발라드"),),
        released_text=song.released,
        image_url=_cover(song, covers),
    )


def _artists(song: Song) -> tuple[Artist, ...]:
    return tuple(Artist(name) for name in song.artists)


def _cover(song: Song, covers: str) -> str | None:
    return f"{covers}/cm/album/images/1{song.album_id[:2]:0>2}/11/111/{song.album_id}_500.jpg" if covers else None


@contextmanager
def service(settings: Settings) -> Iterator[str]:
    """The service on a free port, in a thread; gives its address."""
    with served(create_app(settings)) as address:
        yield address


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An application, in the same way."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
