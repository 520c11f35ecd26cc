"""Storage against the ordinary ways, side by side in one run; ratios hold on a busy machine, times move.

    python -m benchmarks.storage                                    SQLite, 50,000 songs
    python -m benchmarks.storage --postgres postgresql+psycopg://…   PostgreSQL too (an empty database; its tables are dropped)
    python -m benchmarks.storage --export-songs 1000000 --export-lyrics-songs 100000 --rounds 1

Lyrics are made up: 38 lines of made-up words, 2.4 kB a song.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.dialects import postgresql

from benchmarks.harness import Report, show
from storage.engine import writing
from storage.import_csv import SAVE_SONGS
from storage.import_merge import COLUMNS
from storage.models import Song
from storage.schema import downgrade, open_for_writing
from storage.types import dump_json, instant_text

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
RAW, EXECUTEMANY, PANDAS = "sqlite3, values converted by hand", "SQLAlchemy Core executemany", "pandas read_sql + to_csv"
Row = tuple[Any, ...]


def songs(number: int, lyrics: bool) -> Iterator[Row]:
    """Rows of `songs` as Python values, in the order of COLUMNS."""
    rng = random.Random(7)
    words = ["".join(chr(rng.randrange(0xAC00, 0xD7A3)) for _ in range(rng.randrange(1, 4))) for _ in range(5000)]
    poems = ["\n".join(" ".join(rng.choices(words, k=6)) for _ in range(38)) for _ in range(500)]
    for place in range(number):
        artist = words[place % 4999]
        seen = NOON + timedelta(seconds=place // 50)
        values: dict[str, Any] = dict.fromkeys(COLUMNS) | {
            "song_id": str(10_000_000 + place),
            "title": f"{words[place % 4997]} {words[place % 4993]}",
            "artist": artist,
            "artists": [{"name": artist, "artist_id": str(place % 4999)}],
            "album": words[place % 333],
            "genre_code": "GN0100",
            "genre": "발라드",
            "genre_source": "list",
            "page_genres": ["발라드"],
            "released_text": "2017.06.26",
            "released": date(2017, 6, 26),
            "image_url": f"https://cdn.example/{place}.jpg",
            "adult": False,
            "lyrics_status": "ok" if lyrics else "unread",
            "likes": place % 300_000,
            "likes_at": seen,
            "first_seen": seen,
            "last_seen": seen,
            "updated_at": seen,
            "source": "crawl",
            "credits": [],
            "lyrics": f"{poems[place % 500]}\n{place}" if lyrics else None,
        }
        yield tuple(values[name] for name in COLUMNS)


def interleaved(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way over interleaved rounds, as each way measures itself."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(way())
    return times


def sqlite_upserts(report: Report, folder: Path, number: int, lyrics: bool, rounds: int) -> None:
    rows = list(songs(number, lyrics))
    marks = ", ".join("?" * len(COLUMNS))
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "song_id")
    differs = " OR ".join(f"songs.{name} IS NOT excluded.{name}" for name in COLUMNS if name != "song_id")
    statement = f"INSERT INTO songs ({', '.join(COLUMNS)}) VALUES ({marks}) ON CONFLICT (song_id) DO UPDATE SET {changes} WHERE {differs}"

    def fresh() -> tuple[str, Path]:
        file = folder / f"{time.monotonic_ns()}.db"
        open_for_writing(f"sqlite:///{file}").dispose()
        return f"sqlite:///{file}", file

    def ours() -> float:
        url, _ = fresh()
        engine = open_for_writing(url)
        started = time.perf_counter()
        with writing(engine) as connection:
            SAVE_SONGS.run(connection, rows)
        seconds = time.perf_counter() - started
        engine.dispose()
        return seconds

    def raw() -> float:
        _, file = fresh()
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, map(as_sqlite, rows))
        connection.execute("COMMIT")
        seconds = time.perf_counter() - started
        connection.close()
        return seconds

    def pandas_to_sql() -> float:
        import pandas as pd

        _, file = fresh()
        engine = create_engine(f"sqlite:///{file}")
        started = time.perf_counter()
        pd.DataFrame(list(map(as_sqlite, rows)), columns=list(COLUMNS)).to_sql("plain", engine, index=False)
        seconds = time.perf_counter() - started
        engine.dispose()
        return seconds

    times = interleaved({"ReUmi": ours, RAW: raw, "pandas to_sql (no upsert)": pandas_to_sql}, rounds)
    report.add(f"SQLite upsert of {number:,} songs {_words(lyrics)}", times, baseline=RAW)
    url, file = fresh()
    engine = open_for_writing(url)
    with writing(engine) as connection:
        SAVE_SONGS.run(connection, rows)
    engine.dispose()
    payload = sum(len(str(value).encode()) for row in rows for value in as_sqlite(row) if value is not None)
    report.figures[f"SQLite file over payload, {_words(lyrics)}"] = file.stat().st_size / payload


def _words(lyrics: bool) -> str:
    return "with lyrics" if lyrics else "without lyrics"


def as_sqlite(row: Row) -> Row:
    """What a person writes by hand to give Python's values to sqlite3."""
    return tuple(
        instant_text(value)
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else dump_json(value)
        if isinstance(value, list)
        else value
        for value in row
    )


def postgres_upserts(report: Report, url: str, number: int, lyrics: bool, rounds: int) -> None:
    """Songs into an empty table, and then again with every tenth one changed; the ordinary way writes all of them both times."""
    engine = open_for_writing(url)
    rows = list(songs(number, lyrics))
    table: Any = Song.__table__
    insert = postgresql.insert(table)
    core = insert.on_conflict_do_update(index_elements=["song_id"], set_={name: insert.excluded[name] for name in COLUMNS[1:]})
    title = COLUMNS.index("title")
    later = [(*row[:title], f"{row[title]}!", *row[title + 1 :]) if place % 10 == 0 else row for place, row in enumerate(rows)]
    empty = text("TRUNCATE songs CASCADE")

    def timed(write: Callable[[Any], object]) -> float:
        started = time.perf_counter()
        with writing(engine) as connection:
            write(connection)
        return time.perf_counter() - started

    def ours(given: list[Row]) -> Callable[[Any], object]:
        return lambda connection: SAVE_SONGS.run(connection, given)

    def ordinary(given: list[Row]) -> Callable[[Any], object]:
        dicts = [dict(zip(COLUMNS, row, strict=True)) for row in given]
        return lambda connection: connection.execute(core, dicts)

    first: dict[str, list[float]] = {"ReUmi": [], EXECUTEMANY: []}
    again: dict[str, list[float]] = {"ReUmi": [], EXECUTEMANY: []}
    ways = {"ReUmi": (ours(rows), ours(later)), EXECUTEMANY: (ordinary(rows), ordinary(later))}
    for _ in range(rounds):
        for name, (new, changed) in ways.items():
            timed(lambda connection: connection.execute(empty))
            first[name].append(timed(new))
            again[name].append(timed(changed))
    report.add(f"PostgreSQL upsert of {number:,} songs {_words(lyrics)}", first, baseline=EXECUTEMANY)
    report.add(f"the same songs again {_words(lyrics)}, every tenth one changed", again, baseline=EXECUTEMANY)
    _empty(engine)


def _empty(engine: Engine) -> None:
    downgrade(engine, "base")
    tables = MetaData()
    tables.reflect(engine)
    tables.drop_all(engine)
    engine.dispose()


# The kernel's own high-water mark: getrusage would count the parent's memory in, from before the program was loaded.
_PEAK = """
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
"""
_OURS = """
import sys, time
from pathlib import Path
from storage.export import ExportOrder, export
from storage.schema import open_for_reading
engine = open_for_reading(sys.argv[1])
before = peak()
started = time.perf_counter()
export(engine, Path(sys.argv[2]), ExportOrder(lyrics=sys.argv[3] == "1"))
print(time.perf_counter() - started, peak() - before)
"""
_PANDAS_CODE = """
import sqlite3, sys, time
import pandas as pd
connection = sqlite3.connect(sys.argv[1].removeprefix("sqlite:///"))
before = peak()
started = time.perf_counter()
query = "SELECT s.*, e.* FROM songs s LEFT JOIN song_emotions e ON e.song_id = s.song_id ORDER BY s.song_id"
pd.read_sql(query, connection).to_csv(sys.argv[2], index=False, encoding="utf-8-sig")
print(time.perf_counter() - started, peak() - before)
"""


def csv_exports(report: Report, folder: Path, number: int, lyrics: bool, rounds: int) -> None:
    """Both ways in processes of their own, so that each one's memory is its own; memory counts from after the imports."""
    url = f"sqlite:///{folder / 'export.db'}"
    engine = open_for_writing(url)
    with writing(engine) as connection:
        SAVE_SONGS.run(connection, songs(number, lyrics))
    engine.dispose()
    peaks: dict[str, list[float]] = {"ReUmi": [], PANDAS: []}

    def run(name: str, code: str) -> float:
        command = [sys.executable, "-c", _PEAK + code, url, str(folder / "out.csv"), str(int(lyrics))]
        outcome = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        peaks[name].append(float(outcome[1]))
        return float(outcome[0])

    codes = {"ReUmi": _OURS, PANDAS: _PANDAS_CODE}
    ways: dict[str, Callable[[], float]] = {name: partial(run, name, code) for name, code in codes.items()}
    times = interleaved(ways, rounds)
    setting = f"CSV export of {number:,} songs {_words(lyrics)}"
    report.add(setting, times, baseline=PANDAS)
    for name, each in peaks.items():
        report.figures[f"{setting}, {name}: peak MB above the imported program"] = statistics.median(each)
    (folder / "export.db").unlink()


def run(
    smoke: bool = False,
    *,
    upserts: int = 50_000,
    export_songs: int = 100_000,
    export_lyrics_songs: int = 50_000,
    postgres: str | None = None,
    rounds: int = 3,
) -> Report:
    """Measure upserts and CSV exports; PostgreSQL too where a URL of an empty database is given."""
    if smoke:
        upserts = export_songs = export_lyrics_songs = 500
        rounds = 1
    report = Report("storage", RAW)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for lyrics in (True, False):
            sqlite_upserts(report, folder, upserts, lyrics, rounds)
            for file in folder.iterdir():
                file.unlink()
            if postgres:
                postgres_upserts(report, postgres, upserts, lyrics, rounds)
        csv_exports(report, folder, export_lyrics_songs, lyrics=True, rounds=rounds)
        csv_exports(report, folder, export_songs, lyrics=False, rounds=rounds)
    return report


def main() -> None:
    """Measure with sizes of one's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=50_000)
    parser.add_argument("--export-songs", type=int, default=100_000)
    parser.add_argument("--export-lyrics-songs", type=int, default=50_000)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--rounds", type=int, default=3, help="of each way, of which the median counts")
    given = parser.parse_args()
    sizes = {"upserts": given.songs, "export_songs": given.export_songs, "export_lyrics_songs": given.export_lyrics_songs}
    show(run(**sizes, postgres=given.postgres, rounds=given.rounds))


if __name__ == "__main__":
    main()
