"""Any text that a page can hold survives crawl → store → export → import, in every format."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, LyricsStatus, SongDetail
from storage.catalog import Catalog
from storage.crawl_store import CrawlStore
from storage.engine import open_engine, writing
from storage.errors import TextRefused
from storage.export import ExportOrder, export
from storage.formats import FORMATS
from storage.import_csv import import_file
from storage.runs import start_run
from storage.schema import open_for_writing

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
AWKWARD = [
    *("\r", "\n", "\r\n", '"', "'", ",", ";", "\t", "=", "+", "-", "@", "_x0041_", "_x005F_", "\x1f", "\x7f", "\u2028", "\ufeff"),
    *("각", "🎈", "%w", "\\", "NULL", "nan"),
]
PIECES = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
TEXT = st.lists(PIECES, max_size=6).map("".join)
NAMES = TEXT.filter(str.strip)
FEW = settings(
    max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SONGS = st.lists(st.tuples(NAMES, NAMES, TEXT, TEXT), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "songs.db"
    open_for_writing(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture(scope="module")
def fresh(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    folder = tmp_path_factory.mktemp("fresh")
    opened: list[Engine] = []

    def make() -> Engine:
        file = folder / f"{len(opened)}.db"
        shutil.copy(empty, file)
        opened.append(open_engine(f"sqlite:///{file}"))
        return opened[-1]

    yield make
    for engine in opened:
        engine.dispose()


def crawl(engine: Engine, songs: list[tuple[str, str, str, str]]) -> None:
    store = CrawlStore(engine, start_run(engine, {}, "http://site", "test", False), "me", lambda: NOON)
    for number, (title, artist, album, lyrics) in enumerate(songs):
        page = PageTask(f"{number}", TaskKind.SONG, "http://site", song_id=str(number))
        status = LyricsStatus.OK if lyrics else LyricsStatus.NONE
        detail = SongDetail(str(number), title, (Artist(artist),), status, lyrics or None, album=album or None, genres=(artist,))
        store.add([page])
        store.save(page, Harvest(NOON, detail=detail))


def texts(engine: Engine) -> list[tuple[object, ...]]:
    return [(song.title, song.artist, song.artists, song.album, song.page_genres, song.lyrics) for song in Catalog(engine).search()]


@pytest.mark.parametrize("ending", FORMATS)
@FEW
@given(songs=SONGS)
def test_texts_survive_every_format(fresh, tmp_path: Path, ending: str, songs: list[tuple[str, str, str, str]]) -> None:  # type: ignore[no-untyped-def]
    source, target = fresh(), fresh()
    crawl(source, songs)
    file = tmp_path / f"songs.{ending}"
    export(source, file)
    report = import_file(target, file)
    assert report.rejections == []
    assert texts(target) == texts(source)
    assert [row[0] for row in texts(source)] == [song[0] for song in songs]


@FEW
@given(songs=SONGS)
@example(songs=[("'=1", "''+2", "'", "'\r"), ("=1", "@", "-", "'a")])
def test_texts_survive_a_guarded_csv(fresh, tmp_path: Path, songs: list[tuple[str, str, str, str]]) -> None:  # type: ignore[no-untyped-def]
    source, target = fresh(), fresh()
    crawl(source, songs)
    file = tmp_path / "songs.csv"
    export(source, file, ExportOrder(guard=True))
    import_file(target, file)
    assert texts(target) == texts(source)


@pytest.mark.postgres
@FEW
@given(songs=SONGS)
def test_both_engines_write_the_same_csv(fresh, postgres_engine: Engine, tmp_path: Path, songs: list[tuple[str, str, str, str]]) -> None:  # type: ignore[no-untyped-def]
    lite = fresh()
    with writing(postgres_engine) as connection:
        connection.execute(text("TRUNCATE songs, crawl_runs CASCADE"))
    crawl(lite, songs)
    crawl(postgres_engine, songs)
    for engine, name in ((lite, "lite.csv"), (postgres_engine, "post.csv")):
        export(engine, tmp_path / name, ExportOrder(layout="original"))
    assert (tmp_path / "lite.csv").read_bytes() == (tmp_path / "post.csv").read_bytes()


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_text_that_no_database_holds_is_refused_by_name(engine: Engine, bad: str, place: int) -> None:
    song = ["title", "artist", "album", "lyrics"]
    song[place] = bad
    with pytest.raises(TextRefused, match=f"the {('title', 'artist', '', 'lyrics')[place]} of song 0 holds"):
        crawl(engine, [tuple(song)])  # type: ignore[list-item]
    assert Catalog(engine).count() == 0
