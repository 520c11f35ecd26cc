"""Many processes on one database file: crawlers, taggers, importers, exporters and readers, none of them ever refused."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.catalog import Catalog, SongFilter
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.engine import reading
from storage.export import export
from storage.import_csv import import_file
from storage.owners import this_process
from storage.runs import start_run
from storage.schema import check, open_for_reading, open_for_writing
from storage.snapshot import data_version, index_rows

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
KEY = ListKey(genre_code="GN0100", listing=Listing.POPULAR)
SONGS = 400


def crawl(url: str, seed: int, _folder: Path) -> None:
    rng = random.Random(seed)
    engine = open_for_writing(url)
    store = CrawlStore(engine, start_run(engine, {"seed": seed}, "http://site", "test", False), this_process())
    for number in range(20):
        seen = NOON + timedelta(seconds=rng.randrange(10**6))
        numbers = rng.sample(range(SONGS), 20)
        songs = tuple(ListedSong(str(song), f"노래 {song}", (Artist("가수"),), rank) for rank, song in enumerate(numbers, start=1))
        store.add([PageTask(f"{seed}/{number}", TaskKind.LIST, "http://site", list_key=KEY)])
        (task,) = store.lease(1, 60)
        store.save(task, Harvest(seen, KEY, songs, likes={song.song_id: rng.randrange(1000) for song in songs}))
        first = songs[0]
        page = PageTask(f"{seed}/{number}/song", TaskKind.SONG, "http://site", song_id=first.song_id)
        store.add([page])
        lyrics = f"가사 {rng.randrange(5)}\n" * 30
        store.save(page, Harvest(seen, detail=SongDetail(first.song_id, first.title, first.artists, LyricsStatus.OK, lyrics)))
    engine.dispose()


def tag(url: str, seed: int, _folder: Path) -> None:
    engine = open_for_writing(url)
    store = EmotionStore(engine, f"model {seed % 2}")
    probabilities = np.full(7, 1 / 7, dtype=np.float32)
    for song_id, _lyrics, key in store.untagged(batch=20, limit=100):
        row = SongEmotionRow(song_id, key, 7, (1,) * 7, tuple(probabilities), "중립")
        store.save([row], {f"{seed} {song_id}": probabilities})
        store.cached_lines([f"{seed} {song_id}"])
    engine.dispose()


def take_in(url: str, seed: int, folder: Path) -> None:
    file = folder / f"{seed}.csv"
    rows = "\n".join(f"{number},제목 {number},누구,{seed % 1000}" for number in range(0, SONGS, 3))
    file.write_text(f"id,title,singer,like\n{rows}\n", encoding="utf-8")
    engine = open_for_writing(url)
    import_file(engine, file)
    engine.dispose()


def give_out(url: str, seed: int, folder: Path) -> None:
    engine = open_for_reading(url)
    export(engine, folder / f"{seed}.out.csv")
    engine.dispose()


def read(url: str, _seed: int, _folder: Path) -> None:
    engine = open_for_reading(url)
    catalog = Catalog(engine)
    catalog.stats()
    list(catalog.search(SongFilter(text="노래 1")))
    list(index_rows(engine, None))
    data_version(engine)
    engine.dispose()


Job = Callable[[str, int, Path], None]
JOBS: tuple[Job, ...] = (crawl, crawl, crawl, tag, tag, take_in, give_out, read)


def work(job: Job, url: str, worker: int, folder: Path, until: float, failures: multiprocessing.Queue[str]) -> None:
    seed = worker * 1_000_000
    while time.time() < until:
        seed += 1
        try:
            job(url, seed, folder)
        except Exception as error:
            failures.put(f"{job.__name__}: {type(error).__name__}: {error}")
            return


def run_together(url: str, folder: Path, seconds: float) -> list[str]:
    """Every job in a process of its own for that long; returns what went wrong."""
    context = multiprocessing.get_context("spawn")
    failures: multiprocessing.Queue[str] = context.Queue()
    until = time.time() + seconds
    processes = [context.Process(target=work, args=(job, url, worker, folder, until, failures)) for worker, job in enumerate(JOBS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds + 240)
    codes = [process.exitcode for process in processes]
    found = [] if codes == [0] * len(JOBS) else [f"exit codes {codes}"]
    while not failures.empty():
        found.append(failures.get())
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_eight_processes_share_one_database(database: str, tmp_path: Path) -> None:
    seconds = float(os.environ.get("REUMI_TEST_SECONDS", "300"))
    open_for_writing(database).dispose()
    assert run_together(database, tmp_path, seconds) == []
    engine = open_for_reading(database)
    assert check(engine) == []
    with reading(engine) as connection:
        if engine.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    counts = Catalog(engine).counts()
    assert min(counts["songs"], counts["tagged"], counts["like_snapshots"], counts["list_entries"], counts["crawl_runs"]) > 0
    engine.dispose()


def test_processes_that_open_a_new_database_at_once_all_find_the_schema(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    url = f"sqlite:///{tmp_path / 'songs.db'}"
    processes = [context.Process(target=_open, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    engine = open_for_reading(url)
    assert check(engine) == []
    engine.dispose()


def _open(url: str) -> None:
    open_for_writing(url).dispose()
