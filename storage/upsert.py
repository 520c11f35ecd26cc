"""Insert or merge many rows at once, each engine in its own fast way; a row that would not change is not written.

SQLite takes tuples straight through its driver. PostgreSQL takes a binary COPY: straight into the table where it holds none of
the rows, else into a temporary table and from there by one INSERT … SELECT. `benchmarks/storage.py` holds both against the
ordinary ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Table, and_, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.bulk_copy import compress_fast, copy_straight, copy_to_temporary, holds_any, incoming_table
from storage.types import Instant, Row

BATCH = 2000
# Below this many rows a COPY costs more than it saves.
_COPY_FROM = 200

Excluded = Any  # the row that would have been inserted: SQLAlchemy's `excluded` namespace
Merge = Callable[[Any, Excluded], ColumnElement[Any]]


@dataclass(frozen=True)
class Upsert:
    """What to do with rows of `columns` that meet stored ones: `merges` gives a column's new value, by default the new row's.

    `unless_changed` names columns that change with every write (such as the time of it): a difference there alone is none.
    `keep` names columns that a stored row keeps. With `append` stored rows stay as they are.
    """

    table: Table
    columns: tuple[str, ...]
    merges: Mapping[str, Merge] = field(default_factory=dict)
    keep: frozenset[str] = frozenset()
    unless_changed: frozenset[str] = frozenset()
    append: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The primary key's columns."""
        return tuple(column.name for column in self.table.primary_key)

    def run(self, connection: Connection, rows: Iterable[Row]) -> int:
        """Write `rows` (tuples in the order of `columns`) and return how many were inserted or changed.

        Rows flow through in batches; the memory stays flat.
        """
        write = self._sqlite if connection.dialect.name == "sqlite" else self._postgresql
        return sum(write(connection, batch) for batch in _batches(rows))

    def _sqlite(self, connection: Connection, rows: list[Row]) -> int:
        encode = _encoder(self.table, self.columns, connection.dialect)
        return max(0, connection.exec_driver_sql(self._sqlite_text, encode(rows)).rowcount)

    # A crawl writes page by page, and to put a statement together takes longer than to run it: each is made once.
    @cached_property
    def _sqlite_text(self) -> str:
        statement = self._on_conflict(sqlite.insert(self.table).values({name: bindparam(name) for name in self.columns}))
        return str(statement.compile(dialect=sqlite.dialect()))

    def _postgresql(self, connection: Connection, rows: list[Row]) -> int:
        if len(rows) < _COPY_FROM:
            dicts = [dict(zip(self.columns, row, strict=True)) for row in rows]
            return _counted(connection, self._few, dicts)
        compress_fast(connection)
        places = [self.columns.index(name) for name in self.keys]
        return sum(self._copy(connection, part, places) for part in _distinct(rows, places))

    def _copy(self, connection: Connection, rows: list[Row], places: Sequence[int]) -> int:
        keys = {name: [row[place] for row in rows] for name, place in zip(self.keys, places, strict=True)}
        if not holds_any(connection, self.table, keys) and copy_straight(connection, self.table, self.columns, rows):
            return len(rows)
        incoming, statement = self._merging
        copy_to_temporary(connection, incoming, self.table, rows)
        return _counted(connection, statement)

    @cached_property
    def _few(self) -> Any:
        """The statement for rows that are too few for a COPY."""
        return self._on_conflict(postgresql.insert(self.table))

    @cached_property
    def _merging(self) -> tuple[Table, Any]:
        """The temporary table that rows wait in, and the statement that takes from there what is new or differs."""
        incoming = incoming_table(self.table, self.columns)
        same_key = and_(*(self.table.c[name] == incoming.c[name] for name in self.keys))
        # A row that meets its like would be locked, and the lock written to disk, before it is found to change nothing.
        missing = self.table.c[self.keys[0]].is_(None)
        news = missing if self.append else or_(missing, self._differs(self._values(self.table.c, incoming.c)))
        source = select(incoming).join_from(incoming, self.table, same_key, isouter=True).where(news)
        return incoming, self._on_conflict(postgresql.insert(self.table).from_select(list(self.columns), source))

    def _on_conflict(self, statement: Any) -> Any:
        if self.append:
            return statement.on_conflict_do_nothing(index_elements=self.keys)
        values = self._values(self.table.c, statement.excluded)
        return statement.on_conflict_do_update(index_elements=self.keys, set_=values, where=and_(self._differs(values)))

    def _values(self, stored: Any, new: Excluded) -> dict[str, ColumnElement[Any]]:
        """What the columns of a stored row become where a new one meets it."""
        return {
            name: self.merges[name](stored, new) if name in self.merges else new[name]
            for name in self.columns
            if name not in self.keys and name not in self.keep
        }

    def _differs(self, values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
        stored = self.table.c
        return or_(*(stored[name].is_distinct_from(value) for name, value in values.items() if name not in self.unless_changed))


def _counted(connection: Connection, statement: Any, rows: Sequence[dict[str, Any]] | None = None) -> int:
    # Without the option SQLAlchemy asks for the number only when the driver has already forgotten it.
    return max(0, connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount)


def _encoder(table: Table, columns: Sequence[str], dialect: Dialect) -> Callable[[Sequence[Row]], list[Row]]:
    """Rows of Python values → rows as the driver takes them; values that it takes as they are cost nothing."""
    work = [(place, process) for place, name in enumerate(columns) if (process := _processor(table.c[name], dialect)) is not None]

    def encode(rows: Sequence[Row]) -> list[Row]:
        if not work:
            return list(rows)
        # Column by column: one loop over many values of one type is much cheaper than many types in each row.
        values = list(map(list, zip(*rows, strict=True)))
        for place, process in work:
            values[place] = [value if value is None else process(value) for value in values[place]]
        return list(zip(*values, strict=True))

    return encode


def _processor(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    # The instants of one page or file repeat.
    return lru_cache(maxsize=BATCH)(process) if process is not None and isinstance(column.type, Instant) else process


def _distinct(rows: list[Row], places: Sequence[int]) -> Iterator[list[Row]]:
    """The rows in runs without a repeated key: PostgreSQL refuses to change one row twice in one statement."""
    key_of = itemgetter(*places)
    if len(set(map(key_of, rows))) == len(rows):
        yield rows
        return
    part: dict[Any, Row] = {}
    for row in rows:
        key = key_of(row)
        if key in part:
            yield list(part.values())
            part = {}
        part[key] = row
    yield list(part.values())


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
