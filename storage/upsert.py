"""Insert or merge many rows at once, each engine in its own fast way; a row that would not change is not written.

SQLite takes tuples straight through its driver; PostgreSQL takes a binary COPY into a temporary table and one
INSERT … SELECT from it. `benchmarks/storage.py` holds both against the ordinary ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Dialect, MetaData, Table, Text, and_, bindparam, cast, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.types import Instant, dump_json

BATCH = 2000
# Below this many rows a temporary table costs more than it saves.
_COPY_FROM = 200

# How PostgreSQL's binary COPY names the types that the schema uses.
_COPY_TYPES = {
    "VARCHAR": "text",
    "INTEGER": "int4",
    "BIGINT": "int8",
    "FLOAT": "float8",
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "BYTEA": "bytea",
}

# PostgreSQL's older compression of long texts (lyrics) takes more time than all the rest; LZ4 is there since version 14.
_COMPRESS_FAST = """
    SELECT set_config(name, 'lz4', true) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
"""

Row = tuple[Any, ...]
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
        statement = self._on_conflict(sqlite.insert(self.table).values({name: bindparam(name) for name in self.columns}))
        compiled = statement.compile(dialect=connection.dialect)
        encode = _encoder(self.table, self.columns, connection.dialect)
        return max(0, connection.exec_driver_sql(str(compiled), encode(rows)).rowcount)

    def _postgresql(self, connection: Connection, rows: list[Row]) -> int:
        if len(rows) < _COPY_FROM:
            dicts = [dict(zip(self.columns, row, strict=True)) for row in rows]
            return max(0, connection.execute(self._on_conflict(postgresql.insert(self.table)), dicts).rowcount)
        places = [self.columns.index(name) for name in self.keys]
        return sum(self._copy(connection, part) for part in _distinct(rows, places))

    def _copy(self, connection: Connection, rows: list[Row]) -> int:
        incoming = copy_to_temporary(connection, self.table, self.columns, rows)
        # JSON travels as text and becomes JSONB in the server, which is cheaper than the driver's way.
        source = select(
            *(
                cast(incoming.c[name], self.table.c[name].type) if _is_json(self.table.c[name]) else incoming.c[name]
                for name in self.columns
            )
        )
        statement = self._on_conflict(postgresql.insert(self.table).from_select(list(self.columns), source))
        changed = connection.execute(statement).rowcount
        connection.exec_driver_sql(f"TRUNCATE {incoming.name}")
        return changed

    def _on_conflict(self, statement: Any) -> Any:
        if self.append:
            return statement.on_conflict_do_nothing(index_elements=self.keys)
        stored, new = self.table.c, statement.excluded
        values: dict[str, ColumnElement[Any]] = {
            name: self.merges[name](stored, new) if name in self.merges else new[name]
            for name in self.columns
            if name not in self.keys and name not in self.keep
        }
        differs = or_(*(stored[name].is_distinct_from(value) for name, value in values.items() if name not in self.unless_changed))
        return statement.on_conflict_do_update(index_elements=self.keys, set_=values, where=and_(differs))


def copy_to_temporary(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Table:
    """PostgreSQL only: the rows in a temporary table that lives until the commit, shaped like those columns of `table`."""
    name = f"incoming_{table.name}"
    names = ", ".join(f'"{column}"' for column in columns)
    types = [_copy_type(table.c[column], connection.dialect) for column in columns]
    definitions = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, types, strict=True))
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({definitions}) ON COMMIT DROP")
    connection.exec_driver_sql(_COMPRESS_FAST)
    encode = _encoder(table, columns, connection.dialect)
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in encode(rows):
            copy.write_row(row)
    return Table(name, MetaData(), *(Column(column, Text() if _is_json(table.c[column]) else table.c[column].type) for column in columns))


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
    kind = column.type.dialect_impl(dialect)
    if dialect.name == "postgresql":
        return dump_json if _is_json(column) else None  # psycopg's binary COPY takes Python's other values as they are
    process = kind.bind_processor(dialect)
    # The instants of one page or file repeat.
    return lru_cache(maxsize=BATCH)(process) if process is not None and isinstance(column.type, Instant) else process


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _copy_type(column: Column[Any], dialect: Dialect) -> str:
    return "text" if _is_json(column) else _COPY_TYPES[column.type.dialect_impl(dialect).compile(dialect=dialect)]


def _distinct(rows: list[Row], places: Sequence[int]) -> Iterator[list[Row]]:
    """The rows in runs without a repeated key: PostgreSQL refuses to change one row twice in one statement."""
    part: dict[Row, Row] = {}
    for row in rows:
        key = tuple(row[place] for place in places)
        if key in part:
            yield list(part.values())
            part = {}
        part[key] = row
    yield list(part.values())


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
