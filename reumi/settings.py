"""All settings in one place, and the only reader of the environment.

A setting's value comes from, later wins: its default here, `reumi.toml` in the working folder, the environment variable
`REUMI_<NAME>`, the command line. A plain dataclass, since a settings library would cost `reumi recommend` a fifth of its start.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from reumi.errors import SettingInvalid

SETTINGS_FILE = "reumi.toml"
_DAY, _MOST = 86_400, 1_000_000_000


def setting(default: Any, doc: str, low: float = -math.inf, high: float = math.inf) -> Any:
    """A dataclass field with the sentence that the settings reference prints, and the bounds of a number."""
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person can set; each field is `REUMI_<FIELD>` in the environment."""

    database_url: str = setting("sqlite:///reumi.db", "SQLAlchemy URL of the data set; a bare path means an SQLite file.")
    site_url: str = setting("https://www.melon.com", "Root of the site to crawl, without a trailing slash.")
    user_agent: str = setting(
        "ReUmi/0.1 (+research crawler; contact: set REUMI_USER_AGENT)", "User-Agent that every request carries: say who you are."
    )
    request_gap: float = setting(3.0, "Seconds between two page loads on a host that is not loopback.", 0, _DAY)
    loopback_gap: float = setting(0.0, "Seconds between two page loads on a loopback host.", 0, _DAY)
    gap_jitter: float = setting(0.3, "Share of the gap by which it varies at random, both ways.", 0, 1)
    backoff: float = setting(60.0, "Seconds to leave the site alone after a refusal; tenfold after the next, then the run stops.", 0, _DAY)
    max_requests: int = setting(300, "Most requests that one crawl run sends to a host that is not loopback.", 1, _MOST)
    page_timeout: float = setting(20.0, "Seconds that a page may take before it counts as failed.", 0.1, 3600)
    browser_pages: int = setting(200, "Pages read before the browser is started afresh.", 1, _MOST)
    grid_url: str = setting("", "URL of a Selenium Grid; empty starts a local Chromium.")
    kept_pages: str = setting("kept-pages", "Folder for pages that the parser refused.")
    model: str = setting("", "Folder of the emotion model; empty takes the one that ships with ReUmi.")
    encoder: str = setting(
        "", "Folder of a sentence encoder (`reumi model encoder`) that compares songs and diary by subject; empty does without."
    )
    index_dir: str = setting(
        "", "Folder of the recommender's index; empty puts it beside the SQLite file, or in ./reumi-index-… for PostgreSQL."
    )
    schedule_file: str = setting("reumi-schedule.toml", "The schedule that `reumi schedule` runs and `reumi status` knows of.")
    log_format: str = setting("console", "How a running schedule logs: `console` for people, `json` for machines.")
    api_token: str = setting("", "Token that callers of `reumi api` must send as `Authorization: Bearer …`; empty asks for none.")
    api_rate: int = setting(600, "Requests a minute that one client of `reumi api` may send, over all workers; 0 sets no limit.", 0, _MOST)
    api_cors: str = setting("", "Origins, separated by commas, whose web pages may call `reumi api`; empty allows none.")
    api_threads: int = setting(
        0, "Answers that one worker of `reumi api` works on at a time; 0 takes the worker's share of the cores, at most eight.", 0, 1024
    )
    api_shared: str = setting(
        "", "Folder in which the workers of `reumi api` count together; `reumi api` makes one for as long as it runs."
    )
    diary: str = setting(
        "", "SQLite file of the screen's diary; empty puts it into the user's data folder. Nothing is kept until it is turned on."
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
        """Read `reumi.toml` and the environment. Raises SettingInvalid naming the source of a bad value."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name, value in _read_file((folder or Path.cwd()) / SETTINGS_FILE).items():
            values[name] = _convert(cls, name, value, SETTINGS_FILE)
        for item in fields(cls):
            variable = f"REUMI_{item.name.upper()}"
            if environ.get(variable):
                values[item.name] = _convert(cls, item.name, environ[variable], variable)
        return cls(**values)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise SettingInvalid(f"cannot read the settings file {path}: {error}") from error


def _convert(cls: type[Settings], name: str, value: Any, source: str) -> Any:
    known: dict[str, Field[Any]] = {item.name: item for item in fields(cls)}
    if name not in known:
        raise SettingInvalid(f"{source} sets `{name}`, which is no setting; known: {', '.join(known)}")
    kind, low, high = type(known[name].default), known[name].metadata["low"], known[name].metadata["high"]
    try:
        if isinstance(value, bool):
            raise ValueError
        return _text(value) if kind is str else _number(kind, value, low, high)
    except (TypeError, ValueError, OverflowError) as error:
        wanted = "text without NUL" if kind is str else f"{_KIND_NAMES[kind]} from {low:,} to {high:,}"
        raise SettingInvalid(f"{source}: `{name}` must be {wanted}, not {value!r}") from error


def _text(value: Any) -> str:
    text = str(value)
    # TOML can write a NUL, and neither a path nor an address can hold one.
    if "\0" in text:
        raise ValueError
    return text


def _number(kind: type, value: Any, low: float, high: float) -> Any:
    number = kind(value)
    # Written so that `nan`, of which every comparison is false, does not pass.
    if not low <= number <= high:
        raise ValueError
    if not isinstance(value, str) and number != value:
        raise ValueError("a whole number has no fraction to cut off")
    return number


_KIND_NAMES: dict[type, str] = {int: "a whole number", float: "a number"}
