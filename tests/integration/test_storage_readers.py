"""Exports as other programs read them: pandas, DuckDB, a spreadsheet."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.export import ExportOrder, export
from storage.import_csv import import_file

HEADER = "song_id,title,artist,lyrics,likes,released,emotion_counts,main_emotion,last_seen\n"
ROWS = (
    '0012,=봄,누구,"첫 줄\n둘째",173113,2017-06-26,"[5,1,0,1,1,26,1]",슬픔,2026-11-01 03:00:00+00:00\n'
    "98765432109876543,여름,누구,,,,,,2026-11-01\n"
)


@pytest.fixture
def filled(sqlite_engine: Engine, tmp_path: Path) -> Engine:
    file = tmp_path / "source.csv"
    file.write_text(HEADER + ROWS, encoding="utf-8")
    assert import_file(sqlite_engine, file).rejections == []
    return sqlite_engine


def test_parquet_has_the_right_types_in_pandas(filled: Engine, tmp_path: Path) -> None:
    import pandas as pd

    file = tmp_path / "songs.parquet"
    export(filled, file)
    frame = pd.read_parquet(file)
    song = frame.iloc[0]
    assert song.song_id == "0012"
    assert frame.song_id.iloc[1] == "98765432109876543"
    assert song.released == date(2017, 6, 26)
    assert song.last_seen == pd.Timestamp("2026-11-01 03:00", tz="UTC")
    assert list(song.emotion_counts) == [5, 1, 0, 1, 1, 26, 1]
    assert song.emotion_probabilities[5] == 26 / 35
    assert (song.likes, song.adult) == (173_113, False)
    assert list(song.artists) == [{"name": "누구", "artist_id": None}]
    assert frame.lyrics.isna().tolist() == [False, True]


def test_parquet_has_the_right_types_in_duckdb(filled: Engine, tmp_path: Path) -> None:
    import duckdb

    file = tmp_path / "songs.parquet"
    export(filled, file)
    with duckdb.connect() as connection:
        types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()}
        found = connection.execute(
            f"SELECT song_id, likes + 1, released, emotion_counts[6], artists[1].name FROM '{file}' LIMIT 1"
        ).fetchone()
    expected = {
        "song_id": "VARCHAR",
        "likes": "BIGINT",
        "released": "DATE",
        "adult": "BOOLEAN",
        "last_seen": "TIMESTAMP WITH TIME ZONE",
        "emotion_counts": "INTEGER[]",
        "emotion_probabilities": "DOUBLE[]",
        "page_genres": "VARCHAR[]",
        "credits": 'STRUCT("name" VARCHAR, "role" VARCHAR, artist_id VARCHAR)[]',
    }
    assert {name: types[name] for name in expected} == expected
    assert found == ("0012", 173_114, date(2017, 6, 26), 26, "누구")


def test_an_excel_file_keeps_ids_and_formulas_as_text_and_dates_as_dates(filled: Engine, tmp_path: Path) -> None:
    import openpyxl

    file = tmp_path / "songs.xlsx"
    export(filled, file)
    rows = list(openpyxl.load_workbook(file).worksheets[0].iter_rows())
    column = {cell.value: place for place, cell in enumerate(rows[0])}
    first, second = rows[1], rows[2]
    assert (first[column["song_id"]].value, first[column["song_id"]].data_type) == ("0012", "s")
    assert second[column["song_id"]].value == "98765432109876543"
    title = first[column["title"]]
    assert (title.value, title.data_type, title.quotePrefix) == ("=봄", "s", True)
    assert first[column["released"]].value == datetime(2017, 6, 26)
    assert (first[column["likes"]].value, first[column["likes"]].data_type) == (173_113, "n")


def test_the_csv_opens_as_korean_in_a_spreadsheet(filled: Engine, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    file = tmp_path / "songs.csv"
    export(filled, file, ExportOrder(layout="original"))
    profile = (tmp_path / "profile").as_uri()
    # Commas, quotes, and an encoding (0) that is found by looking into the file, as the window that a person gets does.
    options = [
        "--headless",
        f"-env:UserInstallation={profile}",
        "--infilter=CSV:44,34,0,1",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path),
        str(file),
    ]
    subprocess.run([office, *options], check=True, timeout=120, capture_output=True)
    import openpyxl

    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(tmp_path / "songs.xlsx").worksheets[0].iter_rows()]
    with file.open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.reader(stream))
    assert rows[0] == written[0]
    assert [row[1] for row in rows[1:]] == ["누구", "누구"]
    assert rows[1][2] == "첫 줄\n둘째"


def test_the_csv_is_read_by_pandas_as_it_was_written(filled: Engine, tmp_path: Path) -> None:
    import pandas as pd

    file = tmp_path / "songs.csv"
    export(filled, file)
    frame = pd.read_csv(file, dtype={"song_id": str}, parse_dates=["released", "last_seen"])
    assert frame.song_id.tolist() == ["0012", "98765432109876543"]
    assert frame.title.tolist() == ["=봄", "여름"]
    assert frame.last_seen[0] == datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert frame.lyrics[0] == "첫 줄\n둘째"
