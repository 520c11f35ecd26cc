"""Column types that behave alike on SQLite and PostgreSQL, and the check that a text can be stored on both."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.errors import TextRefused

# A row of a table, in the order of the columns that it is written or read with.
Row = tuple[Any, ...]

# JSONB so that PostgreSQL can compare values (plain JSON has no equality, and unchanged rows must not be rewritten).
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

# SQLite numbers rows by itself only where the key is declared INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware instant, always UTC when read.

    `timestamptz` on PostgreSQL. On SQLite text of fixed width (`2026-11-24 21:33:06.000000+00:00`), so that order and
    equality of the text are those of the instants, and that people read it in any viewer.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, timestamptz elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database's form. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its time zone: {value!r}")
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """To an aware UTC datetime."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def instant_text(moment: datetime) -> str:
    """The SQLite form of an aware instant."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


# Artists and genres repeat from song to song, and to look a text up takes half the time of encoding it.
_REMEMBERED, _SHORT = 8192, 300
_encoded: dict[str, str] = {}


def dump_json(value: Any) -> str:
    """Compact JSON with Korean left readable."""
    if value == []:
        return "[]"
    key = repr(value)
    found = _encoded.get(key)
    if found is None:
        found = _encode(value)
        if len(key) <= _SHORT:
            if len(_encoded) >= _REMEMBERED:
                _encoded.clear()
            _encoded[key] = found
    return found


def checked(text: str, where: str) -> str:
    """The text itself. Raises TextRefused for NUL and for half a surrogate pair, which PostgreSQL cannot store."""
    if "\x00" in text:
        raise TextRefused(where, "a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise TextRefused(where, "half of a surrogate pair") from None
    return text
