"""Alembic's entry: runs the revisions on the connection that `storage.schema` hands over, or on a URL given to `alembic` itself."""

from __future__ import annotations

from alembic import context

from storage.engine import open_engine
from storage.models import Base


def run() -> None:
    """Run the revisions in one transaction (SQLite's DDL is transactional too, once the driver lets it be)."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run_on(given)
        return
    url = context.get_x_argument(as_dictionary=True).get("url") or context.config.get_main_option("sqlalchemy.url") or "sqlite:///reumi.db"
    with open_engine(url).execution_options(reumi_write=True).begin() as connection:
        _run_on(connection)


def _run_on(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
