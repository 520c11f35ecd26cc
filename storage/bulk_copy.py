"""PostgreSQL's binary COPY: many rows straight into a table, or into a temporary one to merge from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Column, Connection, Dialect, MetaData, Table

from storage.engine import place_of
from storage.faults import as_storage_error
from storage.types import Row, dump_json

# How binary COPY names the types that the schema uses.
_TYPES = {
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


def compress_fast(connection: Connection) -> None:
    """Long texts that this transaction writes are compressed the fast way, where the server has it."""
    connection.exec_driver_sql(_COMPRESS_FAST)


def holds_any(connection: Connection, table: Table, keys: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the table has a row with one of the keys, given as one list of values for each of their columns."""
    names = ", ".join(f'"{name}"' for name in keys)
    lists = ", ".join(f"%s::{_type_of(table.c[name], connection.dialect)}[]" for name in keys)
    query = f"SELECT EXISTS (SELECT FROM {table.name} JOIN unnest({lists}) AS wanted ({names}) USING ({names}))"
    return bool(connection.exec_driver_sql(query, tuple(keys.values())).scalar_one())


def copy_straight(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> bool:
    """Add rows that the table does not hold; False, and nothing done, where it will not have them as they are."""
    from psycopg.errors import DeadlockDetected, IntegrityError

    place = connection.begin_nested()
    try:
        _copy(connection, table.name, table, columns, rows)
    except (IntegrityError, DeadlockDetected):  # most likely another transaction has just written one of them, or is about to
        place.rollback()
        return False
    place.commit()
    return True


def copy_to_temporary(connection: Connection, incoming: Table, table: Table, rows: Sequence[Row]) -> None:
    """Fill the temporary table `incoming` with nothing but the rows; it lives until the commit."""
    columns = tuple(column.name for column in incoming.c)
    definitions = ", ".join(f'"{name}" {_type_of(table.c[name], connection.dialect)}' for name in columns)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming.name} ({definitions}) ON COMMIT DROP")
    connection.exec_driver_sql(f"TRUNCATE {incoming.name}")
    _copy(connection, incoming.name, table, columns, rows)


def incoming_table(table: Table, columns: Sequence[str]) -> Table:
    """The temporary table for rows of those columns, as statements name it."""
    return Table(f"incoming_{table.name}", MetaData(), *(Column(name, table.c[name].type) for name in columns), prefixes=["TEMPORARY"])


def _copy(connection: Connection, target: str, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    from psycopg import Error
    from psycopg.types.json import set_json_dumps

    driver = connection.connection.driver_connection
    assert driver is not None
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        with driver.cursor() as cursor:
            set_json_dumps(dump_json, context=cursor)
            with cursor.copy(f"COPY {target} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types([_type_of(table.c[name], connection.dialect) for name in columns])
                for row in rows:
                    copy.write_row(row)
    except Error as error:
        # COPY goes past SQLAlchemy, and so past the place where other errors of the driver are explained.
        if driver.broken:
            connection.invalidate(error)
        explained = as_storage_error(error, place_of(connection.engine))
        if explained is None:
            raise
        raise explained from error


def _type_of(column: Column[Any], dialect: Dialect) -> str:
    return "jsonb" if isinstance(column.type, JSON) else _TYPES[column.type.dialect_impl(dialect).compile(dialect=dialect)]
