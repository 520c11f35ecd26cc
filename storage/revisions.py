"""Which schema revisions there are, from the names of their files: to ask Alembic would load it for every command that opens a database."""

from __future__ import annotations

import pkgutil

import migrations.versions


def known_revisions() -> list[str]:
    """The revisions that this program knows, oldest first."""
    names = (module.name for module in pkgutil.iter_modules(migrations.versions.__path__))
    return sorted(name.partition("_")[0] for name in names)
