"""Runs the migrations, and compares a database with the models: the only file that loads Alembic, which few commands need."""

from __future__ import annotations

from typing import Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

import migrations
from storage.engine import WRITE_LOCK
from storage.errors import UnknownRevision
from storage.models import Base
from storage.revisions import known_revisions


def migrate(engine: Engine, revision: str, direction: Literal["up", "down"]) -> None:
    """Migrate to `revision` in one transaction. Raises UnknownRevision."""
    with engine.execution_options(reumi_write=True).connect() as connection:
        _without_foreign_keys(connection)
        try:
            with connection.begin():
                if engine.name != "sqlite":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
                config = _config()
                config.attributes["connection"] = connection
                _step(config, revision, direction)
        finally:
            # The connection had its foreign keys switched off: the next user gets a fresh one.
            connection.invalidate()


def differences_of(connection: Connection) -> list[str]:
    """What tells the database's tables from the models', one sentence each."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [_describe(change) for change in compare_metadata(context, Base.metadata)]


def _describe(change: object) -> str:
    items = change if isinstance(change, tuple) else tuple(change) if isinstance(change, list) else (change,)
    if items and isinstance(items[0], tuple):
        return "; ".join(_describe(item) for item in items)
    words = [str(getattr(item, "name", None) or item) for item in items if item is not None and not isinstance(item, dict)]
    return " ".join(words)


def _config() -> Config:
    # The package's own folder, not the working folder: an installed wheel migrates from anywhere.
    config = Config()
    config.set_main_option("script_location", next(iter(migrations.__path__)).replace("%", "%%"))
    return config


def _step(config: Config, revision: str, direction: Literal["up", "down"]) -> None:
    try:
        (command.upgrade if direction == "up" else command.downgrade)(config, revision)
    except CommandError as error:
        raise UnknownRevision(revision, known_revisions()) from error


def _without_foreign_keys(connection: Connection) -> None:
    """SQLite rebuilds a table to change it, which would drop the rows that point at it; the pragma works outside transactions only."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        if raw is not None:
            raw.cursor().execute("PRAGMA foreign_keys=OFF")
