"""Brings a database to this program's schema, and says where the two differ."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

import migrations
from storage.engine import WRITE_LOCK, open_engine, place_of, reading
from storage.errors import CannotOpen, NoDataSet, SchemaNewer, SchemaOutdated, UnknownRevision
from storage.models import Base


def open_for_writing(url: str) -> Engine:
    """Open for a command that writes: an empty database gets the schema, another must already have this program's.

    Raises CannotOpen, SchemaOutdated or SchemaNewer.
    """
    engine = open_engine(url)
    if is_empty(engine):
        upgrade(engine)
    require_current(engine)
    return engine


def open_for_reading(url: str) -> Engine:
    """Open for a command that only reads. Raises NoDataSet where there is nothing, else like `open_for_writing`."""
    engine = open_engine(url, create=False)
    if is_empty(engine):
        place = place_of(engine)
        engine.dispose()
        raise NoDataSet(place)
    require_current(engine)
    return engine


def is_empty(engine: Engine) -> bool:
    """Whether the database has no table of ours or anyone's."""
    return set(inspect(engine).get_table_names()) <= {"alembic_version"}


def head_revision() -> str:
    """The schema revision that this program is written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current_revision(engine: Engine) -> str | None:
    """The database's schema revision, None for a database without ReUmi's tables."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Raise SchemaOutdated or SchemaNewer unless the database has this program's schema, CannotOpen for someone else's database."""
    # Tables before the revision: both come in one commit, and one of another process may lie between the two looks.
    tables = sorted(inspect(engine).get_table_names())
    found, wanted = current_revision(engine), head_revision()
    if found == wanted:
        return
    if found is None and set(tables) - {"alembic_version"}:
        raise CannotOpen(f"the database {place_of(engine)} is not ReUmi's, it holds the tables {', '.join(tables[:3])}: name another")
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is None:
        raise SchemaOutdated(place_of(engine), "none", wanted)
    raise (SchemaOutdated if found in known else SchemaNewer)(place_of(engine), found, wanted)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to `revision` in one transaction; several processes may call it at once. Raises SchemaNewer, UnknownRevision."""
    _refuse_newer(engine)
    _migrate(engine, revision, command.upgrade)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to `revision` (`base` removes everything, `-1` one step) in one transaction. Raises SchemaNewer, UnknownRevision."""
    _refuse_newer(engine)
    _migrate(engine, revision, command.downgrade)


def check(engine: Engine) -> list[str]:
    """Differences between the database and this program, one sentence each; empty when there is none."""
    found, wanted = current_revision(engine), head_revision()
    differences = [] if found == wanted else [f"the schema is {found or 'absent'}, this ReUmi needs {wanted}"]
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences += [_describe(change) for change in compare_metadata(context, Base.metadata)]
        if engine.name == "sqlite":
            differences += [f"integrity: {row[0]}" for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            differences += [
                f"a row of {row[0]} points at no row of {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
    return differences


def _describe(change: object) -> str:
    items = change if isinstance(change, tuple) else tuple(change) if isinstance(change, list) else (change,)
    if items and isinstance(items[0], tuple):
        return "; ".join(_describe(item) for item in items)
    words = [str(getattr(item, "name", None) or item) for item in items if item is not None and not isinstance(item, dict)]
    return " ".join(words)


def _refuse_newer(engine: Engine) -> None:
    try:
        require_current(engine)
    except SchemaOutdated:
        return


def _config() -> Config:
    # The package's own folder, not the working folder: an installed wheel migrates from anywhere.
    config = Config()
    config.set_main_option("script_location", next(iter(migrations.__path__)).replace("%", "%%"))
    return config


def _migrate(engine: Engine, revision: str, step: Callable[[Config, str], None]) -> None:
    with engine.execution_options(reumi_write=True).connect() as connection:
        _without_foreign_keys(connection)
        try:
            with connection.begin():
                if engine.name != "sqlite":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
                config = _config()
                config.attributes["connection"] = connection
                _step(config, revision, step)
        finally:
            # The connection had its foreign keys switched off: the next user gets a fresh one.
            connection.invalidate()


def _step(config: Config, revision: str, step: Callable[[Config, str], None]) -> None:
    try:
        step(config, revision)
    except CommandError as error:
        known = sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())
        raise UnknownRevision(revision, known) from error


def _without_foreign_keys(connection: Connection) -> None:
    """SQLite rebuilds a table to change it, which would drop the rows that point at it; the pragma works outside transactions only."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        if raw is not None:
            raw.cursor().execute("PRAGMA foreign_keys=OFF")
