"""The file formats of an import: each gives the rows as they stand, with their place in the file."""

from __future__ import annotations

import codecs
import csv
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from storage.errors import ImportFailed

# A row's line (text formats: where it begins) or number, and its cells by column name.
SourceRow = tuple[int, dict[str, Any]]
_Row = TypeVar("_Row")
_ENCODINGS = ("utf-8", "cp949")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# How openpyxl fails on a workbook that was cut off or changed: its XML, its archive, or what they refer to. OSError is told apart.
_NOT_WHOLE = (SyntaxError, zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_rows(path: Path, file_format: str | None = None, encoding: str | None = None) -> tuple[list[str], Iterator[SourceRow]]:
    """The column names, and the rows one by one. Raises ImportFailed for a file that cannot be read as the format it names."""
    kind = file_format or path.suffix.lower().lstrip(".")
    if kind not in READERS:
        raise ImportFailed(f"cannot tell the format of {path}: end the name with .{', .'.join(READERS)}, or give --format")
    try:
        return READERS[kind](path, encoding)
    except OSError as error:
        raise ImportFailed(f"cannot read {path}: {error.strerror or error}") from error


def detect_encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, else the first of UTF-8 and CP949 that fits the whole file. Raises ImportFailed."""
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    for encoding in _ENCODINGS:
        if _fits(path, encoding):
            return encoding
    raise ImportFailed(f"{path} is neither UTF-8 nor CP949 text: give its encoding with --encoding")


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _read_csv(path: Path, encoding: str | None) -> tuple[list[str], Iterator[SourceRow]]:
    csv.field_size_limit(1 << 30)
    rows = _csv_rows(path, encoding or detect_encoding(path))
    header = next(rows, None)
    if header is None:
        raise ImportFailed(f"{path} is empty: the first line must name the columns")
    names = [name.strip() for name in header[1]]
    return names, ((line, dict(zip(names, cells, strict=False))) for line, cells in rows if cells)


def _csv_rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    try:
        # newline="" keeps a lone carriage return inside a quoted lyric as it is.
        with path.open(encoding=encoding, newline="") as stream:
            reader = csv.reader(stream)
            line = 1
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
    except (UnicodeError, LookupError) as error:
        raise ImportFailed(f"{path} cannot be read as {encoding}: give its encoding with --encoding") from error
    except csv.Error as error:
        raise ImportFailed(f"{path} is not a CSV file: {error}") from error


def _read_jsonl(path: Path, _encoding: str | None) -> tuple[list[str], Iterator[SourceRow]]:
    # Read twice: an object may have a key that those before it lack.
    names = dict.fromkeys(name for _, row in _json_rows(path) for name in row)
    if not names:
        raise ImportFailed(f"{path} is empty: each line must be a JSON object")
    return list(names), _json_rows(path)


def _json_rows(path: Path) -> Iterator[SourceRow]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, _json_object(path, number, line)
    except UnicodeDecodeError as error:
        raise ImportFailed(f"{path} is not UTF-8 text") from error


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ImportFailed(f"line {number} of {path} is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise ImportFailed(f"line {number} of {path} is nested too deeply: correct or remove it") from error
    except ValueError as error:
        raise ImportFailed(f"line {number} of {path} holds a number of too many digits: correct or remove it") from error
    if not isinstance(row, dict):
        raise ImportFailed(f"line {number} of {path} is not a JSON object")
    return row


def _read_parquet(path: Path, _encoding: str | None) -> tuple[list[str], Iterator[SourceRow]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ImportFailed("Parquet needs a package that is not installed: pip install 'reumi[parquet]'") from None
    file = path.open("rb")  # by ourselves: the library opens no path whose bytes are no UTF-8
    try:
        source = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        file.close()
        if isinstance(error, OSError) and error.errno:
            raise
        raise ImportFailed(f"{path} is not a Parquet file") from error

    def rows_of() -> Iterator[dict[str, Any]]:
        with file:
            for batch in source.iter_batches(2000):
                yield from batch.to_pylist()

    whole = _to_the_end(path, rows_of(), (pa.ArrowException, OSError, ValueError, OverflowError))
    return list(source.schema_arrow.names), enumerate(whole, start=1)


def _to_the_end(path: Path, rows: Iterator[_Row], faults: tuple[type[Exception], ...]) -> Iterator[_Row]:
    """The rows of a file whose damage shows only where it is reached. Raises ImportFailed there."""
    number = 0
    try:
        for row in rows:
            yield row
            number += 1
    except faults as error:
        cause = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise ImportFailed(f"{path} cannot be read beyond row {number} ({cause}): make the file again") from error


def _read_xlsx(path: Path, _encoding: str | None) -> tuple[list[str], Iterator[SourceRow]]:
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException as NotExcel
    except ImportError:
        raise ImportFailed("Excel files need a package that is not installed: pip install 'reumi[excel]'") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except (NotExcel, *_NOT_WHOLE) as error:
        raise ImportFailed(f"{path} is not an Excel file") from error
    rows = _to_the_end(path, sheet.iter_rows(values_only=True), (*_NOT_WHOLE, OSError))
    header = ["" if name is None else str(name).strip() for name in next(rows, ())]
    if not any(header):
        raise ImportFailed(f"{path} is empty: the first row must name the columns")
    return [name for name in header if name], ((number, _named(header, cells)) for number, cells in enumerate(rows, start=2))


def _named(header: Sequence[str], cells: Iterable[Any]) -> dict[str, Any]:
    """A row's cells by name. A column without one, such as the row numbers that pandas writes, holds no field."""
    return {name: _unescaped(cell) for name, cell in zip(header, cells, strict=False) if name}


def _unescaped(cell: Any) -> Any:
    """Excel's files write control characters as `_x000D_`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell) if isinstance(cell, str) else cell


READERS: dict[str, Callable[[Path, str | None], tuple[list[str], Iterator[SourceRow]]]] = {
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "xlsx": _read_xlsx,
}
