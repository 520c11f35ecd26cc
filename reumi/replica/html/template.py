"""Fills the markup files of `reumi/replica/templates`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


def fill(name: str, /, **values: object) -> str:
    """The template `name` with every `$placeholder` replaced; values are markup already."""
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((files("reumi.replica") / "templates" / f"{name}.html").read_text(encoding="utf-8"))
