"""Brings a database to this program's schema, and says where the two differ."""

from __future__ import annotations

from sqlalchemy import Engine, inspect

from storage.engine import open_engine, place_of, reading
from storage.errors import CannotOpen, NoDataSet, SchemaNewer, SchemaOutdated
from storage.revisions import known_revisions


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
    return known_revisions()[-1]


def current_revision(engine: Engine) -> str | None:
    """The database's schema revision, None for a database without ReUmi's tables."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


def require_current(engine: Engine) -> None:
    """Raise SchemaOutdated or SchemaNewer unless the database has this program's schema, CannotOpen for someone else's database."""
    # Tables before the revision: both come in one commit, and one of another process may lie between the two looks.
    tables = sorted(inspect(engine).get_table_names())
    found, wanted = current_revision(engine), head_revision()
    if found == wanted:
        return
    if found is None and set(tables) - {"alembic_version"}:
        raise CannotOpen(f"the database {place_of(engine)} is not ReUmi's, it holds the tables {', '.join(tables[:3])}: name another")
    if found is None:
        raise SchemaOutdated(place_of(engine), "none", wanted)
    raise (SchemaOutdated if found in known_revisions() else SchemaNewer)(place_of(engine), found, wanted)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to `revision` in one transaction; several processes may call it at once. Raises SchemaNewer, UnknownRevision."""
    _refuse_newer(engine)
    # Here and below: what only opens a database needs no Alembic, whose loading takes a tenth of a command's start or more.
    from storage.migrating import migrate

    migrate(engine, revision, "up")


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to `revision` (`base` removes everything, `-1` one step) in one transaction. Raises SchemaNewer, UnknownRevision."""
    _refuse_newer(engine)
    from storage.migrating import migrate

    migrate(engine, revision, "down")


def check(engine: Engine) -> list[str]:
    """Differences between the database and this program, one sentence each; empty when there is none."""
    from storage.migrating import differences_of

    found, wanted = current_revision(engine), head_revision()
    differences = [] if found == wanted else [f"the schema is {found or 'absent'}, this ReUmi needs {wanted}"]
    with reading(engine) as connection:
        differences += differences_of(connection)
        if engine.name == "sqlite":
            differences += [f"integrity: {row[0]}" for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            differences += [
                f"a row of {row[0]} points at no row of {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
    return differences


def _refuse_newer(engine: Engine) -> None:
    try:
        require_current(engine)
    except SchemaOutdated:
        return
