"""The file formats of an export besides CSV. Each writer takes rows as they come and holds a few thousand at most."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO

from storage.csv_lines import FORMULA_STARTS
from storage.errors import ExportFailed
from storage.sheets import Kind, SheetColumn
from storage.types import dump_json, instant_text

Values = tuple[Any, ...]
Writer = Callable[[BinaryIO, Sequence[SheetColumn], Iterable[Values], bool], None]

_BATCH = 2000
_CELL_LIMIT = 32_767
_SHEET_LIMIT = 1_048_576
_FIRST_YEAR = 1900  # that Excel knows; an earlier day is written as text, which a program that counts on backwards would get wrong


def write_jsonl(target: BinaryIO, columns: Sequence[SheetColumn], rows: Iterable[Values], guard: bool) -> None:  # noqa: ARG001 (a Writer)
    """A JSON object a line, UTF-8; instants and dates in ISO 8601, absent values null."""
    names = [column.name for column in columns]
    for row in rows:
        target.write((json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=_iso) + "\n").encode())


def write_parquet(target: BinaryIO, columns: Sequence[SheetColumn], rows: Iterable[Values], guard: bool) -> None:  # noqa: ARG001 (a Writer)
    """Typed columns, lists as lists, Zstandard. Needs the `parquet` extra."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ExportFailed("Parquet needs a package that is not installed: pip install 'reumi[parquet]'") from None
    schema = parquet_schema(columns)
    names = [column.name for column in columns]
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            writer.write_batch(pa.RecordBatch.from_pylist([dict(zip(names, row, strict=True)) for row in batch], schema=schema))


def parquet_schema(columns: Sequence[SheetColumn]) -> Any:
    """The Arrow schema of a sheet."""
    import pyarrow as pa

    person = pa.struct([("name", pa.string()), ("artist_id", pa.string())])
    maker = pa.struct([("name", pa.string()), ("role", pa.string()), ("artist_id", pa.string())])
    kinds = {
        Kind.TEXT: pa.string(),
        Kind.PLAIN: pa.string(),
        Kind.COMMAS: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
        Kind.INSTANT: pa.timestamp("us", tz="UTC"),
        Kind.NAMES: pa.list_(pa.string()),
        Kind.INTEGERS: pa.list_(pa.int32()),
        Kind.NUMBERS: pa.list_(pa.float64()),
    }
    people = {"artists": pa.list_(person), "credits": pa.list_(maker)}
    return pa.schema([(column.name, people.get(column.name) or kinds[column.kind]) for column in columns])


def write_xlsx(target: BinaryIO, columns: Sequence[SheetColumn], rows: Iterable[Values], guard: bool) -> None:
    """One sheet for people: header frozen, ids as text, lists as JSON. Needs the `excel` extra.

    Texts are never formulas; with the guard they also carry Excel's own mark (quotePrefix) that keeps them texts when edited.
    """
    with _workbook(target) as book:
        sheet = book.add_worksheet("ReUmi")
        sheet.freeze_panes(1, 0)
        plain = book.add_format({"num_format": "@"})
        guarded = book.add_format({"num_format": "@", "quote_prefix": True})
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [column.name for column in columns], book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            if number >= _SHEET_LIMIT:
                raise ExportFailed(f"an Excel sheet holds {_SHEET_LIMIT - 1:,} rows at most: narrow the export, or choose .csv or .parquet")
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                if value is None:
                    continue
                if column.kind in (Kind.INTEGER, Kind.BOOLEAN):
                    sheet.write(number, place, value)
                elif column.kind is Kind.DATE and value.year >= _FIRST_YEAR:
                    sheet.write_datetime(number, place, value, dates)
                else:
                    text = _cell(column, value, number)
                    sheet.write_string(number, place, text, guarded if guard and text.startswith(FORMULA_STARTS) else plain)


@contextmanager
def _workbook(target: BinaryIO) -> Iterator[Any]:
    """A workbook that is closed whatever happens: its rows wait in a temporary file."""
    try:
        import xlsxwriter
    except ImportError:
        raise ExportFailed("Excel files need a package that is not installed: pip install 'reumi[excel]'") from None
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    try:
        yield book
    finally:
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise ExportFailed(f"the Excel file cannot be written: {error}") from error


WRITERS: dict[str, Writer] = {"jsonl": write_jsonl, "parquet": write_parquet, "xlsx": write_xlsx}


def _cell(column: SheetColumn, value: Any, number: int) -> str:
    text = value if isinstance(value, str) else _iso(value) if column.kind in (Kind.INSTANT, Kind.DATE) else dump_json(value)
    if len(text) > _CELL_LIMIT:
        raise ExportFailed(
            f"the {column.name} in row {number} have {len(text):,} characters, Excel takes {_CELL_LIMIT:,}: choose .csv or .parquet"
        )
    return text


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")


def _batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
