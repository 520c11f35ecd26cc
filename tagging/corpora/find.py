"""Finds the corpora in folders by what the files hold, not by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from tagging.corpora.emotional import rows_of_json
from tagging.corpora.kinds import Kind, Read
from tagging.corpora.tables import Row, columns_of, read_objects, read_rows
from tagging.errors import CorpusRefused

_SUFFIXES = (".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".json")
# AI Hub's own dialogue file has a count table's row above the header.
_HEADER_ROWS = 5
_JSON_HEADER = ("감정_대분류", "감정_소분류", "사람문장1")


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file told to be one of the kinds; `read()` gives its rows."""

    path: Path
    kind: Kind

    def read(self) -> Iterator[Read]:
        """Every row that has anything in it, in order. Raises CorpusRefused."""
        rows = table_of(self.path)
        head: list[Row] = []
        for row in rows:
            columns = self.kind.columns(columns_of(row[1]))
            if columns is not None:
                return self.kind.read(rows, columns)
            head.append(row)
            if len(head) > _HEADER_ROWS:
                break
        raise CorpusRefused(self.path, f"the header of {self.kind.title} is not among its first rows")


def find_corpora(places: Sequence[Path], kinds: Sequence[Kind]) -> tuple[list[CorpusFile], list[str]]:
    """All corpus files in files and folders, in the order of their paths, and one line for every other file, saying why it is left out.

    Raises CorpusRefused for a place that does not exist.
    """
    found: list[CorpusFile] = []
    passed: list[str] = []
    for path in chain.from_iterable(_files(place) for place in places):
        try:
            kind = kind_of(path, kinds)
        except CorpusRefused as error:
            passed.append(str(error))
            continue
        if kind is None:
            passed.append(f"{path.name}: no AI Hub corpus that ReUmi knows")
        else:
            found.append(CorpusFile(path, kind))
    return found, passed


def kind_of(path: Path, kinds: Sequence[Kind]) -> Kind | None:
    """The kind whose columns stand in one of the first rows."""
    head = list(islice(table_of(path), _HEADER_ROWS))
    return next((kind for kind in kinds for _, cells in head if kind.columns(columns_of(cells)) is not None), None)


def table_of(path: Path) -> Iterator[Row]:
    """A file's rows, those of AI Hub's JSON under the xlsx form's header."""
    if path.suffix.lower() == ".json":
        return chain([(0, _JSON_HEADER)], rows_of_json(read_objects(path)))
    return read_rows(path)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from (path for path in sorted(place.rglob("*")) if path.suffix.lower() in _SUFFIXES and path.is_file())
    else:
        raise CorpusRefused(place, "there is no such file or folder")
