"""The schema: migrates up and down, equals the models, refuses what it does not know."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, Engine, inspect, text

from storage import schema
from storage.engine import open_engine, writing
from storage.errors import SchemaNewer, SchemaOutdated
from storage.models import Base


def test_migrations_build_exactly_what_the_models_say(engine: Engine) -> None:
    assert schema.check(engine) == []
    for table in Base.metadata.sorted_tables:
        built = {check["name"] for check in inspect(engine).get_check_constraints(table.name)}
        modelled = {constraint.name for constraint in table.constraints if isinstance(constraint, CheckConstraint)}
        assert built == {str(name) for name in modelled}, table.name


def test_every_revision_can_be_taken_back_and_applied_again(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    assert schema.is_empty(engine)
    schema.upgrade(engine)
    assert schema.check(engine) == []


def test_an_older_schema_is_refused_with_the_command_that_helps(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    with pytest.raises(SchemaOutdated, match="reumi db upgrade"):
        schema.require_current(engine)


def test_a_newer_schema_is_refused_and_left_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (schema.require_current, schema.upgrade):
        with pytest.raises(SchemaNewer, match="9999"):
            step(engine)
    assert schema.current_revision(engine) == "9999"


def test_check_names_what_differs(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("DROP INDEX ix_songs_updated_at"))
    assert any("ix_songs_updated_at" in difference for difference in schema.check(engine))


def test_a_database_that_another_process_fills_while_it_is_looked_at_is_no_stranger(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = open_engine(database)
    assert schema.is_empty(empty)
    other = open_engine(database)
    look = schema.current_revision

    def look_and_be_late(engine: Engine) -> str | None:
        found = look(engine)
        monkeypatch.setattr(schema, "current_revision", look)
        schema.upgrade(other)
        return found

    monkeypatch.setattr(schema, "current_revision", look_and_be_late)
    schema.upgrade(empty)
    assert schema.check(empty) == []
    empty.dispose()
    other.dispose()
