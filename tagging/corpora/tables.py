"""Files as rows of text cells with their line numbers, whatever wraps them: xlsx, CSV in UTF-8 or cp949, TSV, AI Hub's loose JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tagging.errors import CorpusRefused, ExtraMissing

Row = tuple[int, tuple[str, ...]]
"""Line number in the file, counted from 1, and the cells, stripped; an empty cell is ''."""


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a table. Raises CorpusRefused when the file cannot be read as one."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        yield from _read_workbook(path)
        return
    text = decoded(path)
    delimiter = "\t" if suffix in (".tsv", ".txt") else ","
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
        )
        for cells in reader:
            yield reader.line_num, tuple(cell.strip() for cell in cells)
    except csv.Error as error:
        raise CorpusRefused(path, str(error)) from error


def decoded(path: Path) -> str:
    """A file's text: UTF-8 (with or without a byte order mark), else cp949."""
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CorpusRefused(path, "it is neither UTF-8 nor cp949 text")


def read_objects(path: Path) -> list[Any]:
    """AI Hub's JSON: a list, or bare objects joined by commas or line breaks, with or without a closing bracket."""
    text = decoded(path).strip()
    decoder = json.JSONDecoder()
    found: list[Any] = []
    place = 0
    while place < len(text):
        if text[place] in " \r\n\t,[]":
            place += 1
            continue
        try:
            item, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise CorpusRefused(path, f"broken JSON at character {error.pos}") from error
        found.append(item)
    return found


def _read_workbook(path: Path) -> Iterator[Row]:
    try:
        import openpyxl
    except ImportError:
        raise ExtraMissing(f"reading {path.name}", "excel") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets errors of zipfile, xml and its own through
        raise CorpusRefused(path, f"no readable workbook ({error})") from error
    try:
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield line, tuple("" if cell is None else str(cell).strip() for cell in cells)
    finally:
        book.close()


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Column names without spaces or underscores → position; the first of equal names counts."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        found.setdefault(plain(name), place)
    return found


def plain(name: str) -> str:
    """A column name as compared: lower case, without spaces, underscores and hyphens."""
    return "".join(name.split()).replace("_", "").replace("-", "").lower()
