"""Exports as other programs read them: pandas, DuckDB, a spreadsheet."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.catalog import Catalog
from storage.errors import ImportFailed
from storage.export import export
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


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_sheets_column_without_a_heading_moves_no_other(sqlite_engine: Engine, tmp_path: Path, place: int) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for cells in (["title", "artist", "lyrics"], ["봄", "누구", "첫 줄"], ["여름", "아무", "둘째 줄"]):
        book.worksheets[0].append([*cells[:place], None if cells[0] == "title" else 7, *cells[place:]])
    book.save(tmp_path / "songs.xlsx")
    report = import_file(sqlite_engine, tmp_path / "songs.xlsx")
    assert (list(report.columns), report.ignored, report.rejections) == (["title", "artist", "lyrics"], [], [])
    found = {(song.title, song.artist, song.lyrics) for song in Catalog(sqlite_engine).search()}
    assert found == {("봄", "누구", "첫 줄"), ("여름", "아무", "둘째 줄")}


def test_a_sheet_that_pandas_wrote_with_its_row_numbers_is_read(sqlite_engine: Engine, tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"title": ["봄"], "artist": ["누구"]}).to_excel(tmp_path / "songs.xlsx")
    assert import_file(sqlite_engine, tmp_path / "songs.xlsx").new == 1
    assert [(song.title, song.artist) for song in Catalog(sqlite_engine).search()] == [("봄", "누구")]


def damaged_parquet(file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"t{number}" for number in range(5000)]
    pq.write_table(pa.table({"title": names, "artist": names}), file, compression="zstd")
    content = bytearray(file.read_bytes())
    content[200:1200] = bytes(byte ^ 0x5A for byte in content[200:1200])
    file.write_bytes(content)


def parquet_with_a_damaged_end(file: Path) -> None:
    damaged_parquet(file)
    content = bytearray(file.read_bytes())
    content[-200:-8] = bytes(192)
    file.write_bytes(content)


def cut_off_sheet(file: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for cells in (["title", "artist"], *(["봄", "누구"] for _ in range(50))):
        book.worksheets[0].append(cells)
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part[: len(part) // 2] if "sheet1" in name else part)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("a.parquet", damaged_parquet, r"a\.parquet cannot be read beyond row 0 \(.*\): make the file again"),
        ("a.parquet", parquet_with_a_damaged_end, "is not a Parquet file"),
        ("a.xlsx", cut_off_sheet, r"a\.xlsx cannot be read beyond row \d+ \(.*\): make the file again"),
        ("a.jsonl", lambda file: file.write_text(f'{{"title": {"[" * 100_000}'), "line 1 of .* is nested too deeply: correct or remove it"),
        ("a.jsonl", lambda file: file.write_text(f'\n{{"likes": {"9" * 5000}}}'), "line 2 of .* holds a number of too many digits"),
    ],
)
def test_damage_that_shows_only_on_the_way_is_told_in_one_sentence(
    sqlite_engine: Engine, tmp_path: Path, name: str, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(ImportFailed, match=message) as refused:
        import_file(sqlite_engine, tmp_path / name)
    assert len(str(refused.value).splitlines()) == 1
    assert Catalog(sqlite_engine).count() == 0


@pytest.mark.parametrize("encoding", ["utf-16", "idna", "rot13", "nonsense"])
def test_a_named_encoding_that_does_not_fit_is_told(sqlite_engine: Engine, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text("title,artist\n봄,누구\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match=f"cannot be read as {encoding}: give its encoding with --encoding"):
        import_file(sqlite_engine, tmp_path / "a.csv", encoding=encoding)


def test_dates_within_a_parquet_list_refuse_only_their_row(sqlite_engine: Engine, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lists = [[datetime(2020, 1, 1)], []]
    pq.write_table(pa.table({"title": ["봄", "여름"], "artist": ["누구", "누구"], "credits": lists}), tmp_path / "a.parquet")
    report = import_file(sqlite_engine, tmp_path / "a.parquet")
    assert (report.new, [item.reason for item in report.rejections]) == (
        1,
        ["the credits holds something other than text and finite numbers"],
    )


# What LibreOffice's dialog for CSV proposes for a file with UTF-8's mark, with "quoted field as text" and "special numbers" ticked:
# comma, quotation mark, UTF-8, from the first line. Without a dialog it does not look at the mark.
_AS_THE_DIALOG = "--infilter=CSV:44,34,76,1,,0,true,true"


def test_the_csv_opens_as_korean_in_a_spreadsheet_with_ids_and_dates_unharmed(filled: Engine, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc")
    file = tmp_path / "songs.csv"
    export(filled, file)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, "--headless", profile, _AS_THE_DIALOG, "--convert-to", "xlsx", "--outdir", str(tmp_path), str(file)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    import openpyxl

    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream))
    names, *rows = openpyxl.load_workbook(tmp_path / "songs.xlsx").worksheets[0].iter_rows(values_only=True)
    assert list(names) == header
    first, second = (dict(zip(names, row, strict=True)) for row in rows)
    assert (first["song_id"], second["song_id"]) == ("0012", "98765432109876543")
    assert (first["title"], first["artist"], first["lyrics"]) == ("=봄", "누구", "첫 줄\n둘째")
    assert (first["likes"], first["released"]) == (173_113, datetime(2017, 6, 26))
    assert first["last_seen"] == "2026-11-01 03:00:00.000000+00:00"
    assert (first["main_emotion"], first["emotion_counts"]) == ("슬픔", "[5, 1, 0, 1, 1, 26, 1]")


def test_the_csv_is_read_by_pandas_as_it_was_written(filled: Engine, tmp_path: Path) -> None:
    import pandas as pd

    file = tmp_path / "songs.csv"
    export(filled, file)
    frame = pd.read_csv(file, dtype={"song_id": str}, parse_dates=["released", "last_seen"])
    assert frame.song_id.tolist() == ["0012", "98765432109876543"]
    assert frame.title.tolist() == ["=봄", "여름"]
    assert frame.last_seen[0] == datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert frame.lyrics[0] == "첫 줄\n둘째"
