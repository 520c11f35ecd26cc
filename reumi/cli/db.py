"""`reumi db`: create, upgrade, check, back up and copy the database."""

from __future__ import annotations

from pathlib import Path

import click

from reumi.cli.options import database_option
from reumi.cli.options import database_url as as_url
from reumi.cli.steps import steps
from reumi.cli.values import TEXT


@click.group()
def db() -> None:
    """Create, upgrade, check, back up and copy the database.

    \b
    Example: reumi db upgrade --db sqlite:///reumi.db
    """


@db.command()
@click.option("--revision", type=TEXT, default="head", show_default=True, help="Schema revision to go to.")
@database_option
def upgrade(revision: str, database_url: str) -> None:
    """Bring the database to this program's schema; an absent one is created.

    \b
    Example: reumi db upgrade
    """
    from storage import schema
    from storage.engine import open_engine, place_of

    engine = open_engine(database_url)
    before = schema.current_revision(engine)
    schema.upgrade(engine, revision)
    after = schema.current_revision(engine)
    click.echo(f"{place_of(engine)}: schema {after}" + (" already" if before == after else f", was {before or 'empty'}"))
    engine.dispose()


@db.command()
@click.argument("revision", type=TEXT)
@click.option("--yes", is_flag=True, help="Do not ask. What a later schema added is lost.")
@database_option
def downgrade(revision: str, yes: bool, database_url: str) -> None:
    """Take the database back to an older schema REVISION: `-1` for one step, `base` for an empty database.

    \b
    Example: reumi db backup before.db && reumi db downgrade -- -1
    """
    from storage import schema
    from storage.engine import open_engine, place_of

    engine = open_engine(database_url, create=False)
    if not yes:
        click.confirm(f"Take {place_of(engine)} back to {revision}? What the later schema added is lost", abort=True)
    schema.downgrade(engine, revision)
    click.echo(f"{place_of(engine)}: schema {schema.current_revision(engine) or 'empty'}")
    engine.dispose()


@db.command()
@database_option
def check(database_url: str) -> int:
    """Compare the database with this program's schema, and let SQLite check its own integrity; exit 1 on a difference.

    \b
    Example: reumi db check
    """
    from storage import schema
    from storage.engine import open_engine, place_of

    engine = open_engine(database_url, create=False)
    differences = schema.check(engine)
    engine.dispose()
    if differences:
        click.echo(f"{place_of(engine)} differs from this ReUmi's schema:", err=True)
        for difference in differences:
            click.echo(f"  {difference}", err=True)
        return 1
    click.echo(f"{place_of(engine)}: schema {schema.head_revision()}, no difference")
    return 0


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@database_option
def backup(file: Path, database_url: str) -> None:
    """Copy the database to the SQLite FILE while others go on using it.

    \b
    Example: reumi db backup reumi-backup.db
    """
    from storage.copy import backup as copy_to

    with steps("Copying", "pages") as advance:
        size = copy_to(database_url, file, advance)
    click.echo(f"{file}: {size:,} bytes")


@db.command()
@click.option("--to", "target", required=True, metavar="URL", help="An empty database: a URL or the path of a new SQLite file.")
@database_option
def copy(target: str, database_url: str) -> None:
    """Copy the data set to another database, PostgreSQL or SQLite, and verify the copy.

    \b
    Example: reumi db copy --to postgresql+psycopg://reumi@localhost/reumi
    """
    from storage.copy import copy as copy_to

    with steps("Copying", "rows") as advance:
        rows = copy_to(database_url, as_url(target), advance)
    click.echo(
        f"{sum(rows.values()):,} rows copied and verified: " + ", ".join(f"{name} {number:,}" for name, number in rows.items() if number)
    )
