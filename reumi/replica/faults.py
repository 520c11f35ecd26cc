"""The switches of a misbehaving site: each field of Faults is one, off by default."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from reumi.replica.errors import UnknownFault


def switch(default: Any, doc: str) -> Any:
    """A dataclass field with the sentence that `--help` and the documentation print."""
    return field(default=default, metadata={"doc": doc})


@dataclass(slots=True, kw_only=True)
class Faults:
    """What goes wrong, and where. May be changed while the replica runs.

    The scope fields (`only`, `after`, `every`, `times`) narrow every fault from `hang` to `charset`; pages are counted over lists,
    charts, song pages and the like JSON, never over robots.txt, scripts and pictures.
    """

    only: str = switch("", "Scope: paths that begin with this.")
    after: int = switch(0, "Scope: start after so many pages.")
    every: int = switch(1, "Scope: only each n-th page.")
    times: int = switch(0, "Scope: stop after so many faults; 0 never stops.")

    hang: bool = switch(False, "Take the request and never answer (until the replica closes).")
    drip: float = switch(0.0, "Seconds between pieces of 512 bytes.")
    drop: str = switch("", "Drop the connection: `before` the answer, or in the `middle` of it.")
    truncate: float = switch(0.0, "Share of the HTML that comes (0.5 = the first half), with a length that fits.")
    status: int = switch(0, "Answer with this status (500 and 503 with the site's error page, 403, 404, 406, 429).")
    sys_error_200: bool = switch(False, "The site's error page with status 200.")
    empty: bool = switch(False, "An empty document with status 200.")
    block_page: bool = switch(False, "A block page with a captcha, status 200.")
    charset: str = switch("", "Encode the page in this charset (such as euc-kr) while declaring UTF-8.")

    fail_once: int = switch(0, "Answer the first request of every address with this status (500 or 503), then work.")
    no_agent: bool = switch(False, "406 for a missing User-Agent and for those of bare HTTP libraries.")
    block_after: int = switch(0, "406 once so many pages were read within block_window seconds …")
    block_window: float = switch(60.0, "… the window of block_after and limit_after …")
    block_seconds: float = switch(600.0, "… for so many seconds …")
    block_path: str = switch("", "… counting and refusing only paths that begin with this.")
    limit_after: int = switch(0, "429 once so many pages were read within block_window seconds, until retry_after is over.")
    retry_after: int = switch(2, "Seconds in the Retry-After of every 429.")
    latency: float = switch(0.0, "Milliseconds before every page and JSON.")

    likes_latency: float = switch(0.0, "Further milliseconds before the like JSON.")
    likes_status: int = switch(0, "Answer the like JSON with this status.")
    likes_missing: int = switch(0, "Leave out each n-th id of the like JSON.")
    likes_shuffled: bool = switch(False, "The like JSON in another order than asked.")
    likes_broken: bool = switch(False, "The like JSON cut off in the middle.")
    repeat_page: bool = switch(False, "Every further page of a list repeats the first.")
    no_rows: bool = switch(False, "Lists with an empty table.")

    layout: str = switch(
        "modern",
        "Markup: `modern`, `old` (2017), `2018` (extra cell, rows hidden until scripts run) or `v2` (a redesign: renamed classes).",
    )
    rename: str = switch("", "Rename this one class (or id) in every page, such as rank02.")
    hits24: bool = switch(False, "Chart rows without rank and change, as in 2020 and 2021.")
    promoted: bool = switch(False, "A script puts a promoted row above the chart.")
    robots_status: int = switch(0, "Answer robots.txt with this status.")

    @classmethod
    def parse(cls, switches: Iterable[str]) -> Faults:
        """Faults from `NAME` and `NAME=VALUE` words. Raises UnknownFault naming what exists."""
        faults = cls()
        kinds = {item.name: type(item.default) for item in fields(cls)}
        for word in switches:
            name, has_value, value = word.partition("=")
            name = name.replace("-", "_")
            if name not in kinds:
                raise UnknownFault(f"the replica has no fault `{name}`; it has: {', '.join(kinds)}")
            setattr(faults, name, _value(name, value if has_value else None, kinds[name]))
        _check(faults)
        return faults


def fault_table() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every switch, in order."""
    return [(item.name, str(item.default), item.metadata["doc"]) for item in fields(Faults)]


def _value(name: str, value: str | None, kind: type) -> Any:
    if kind is bool:
        if value is None or value.lower() in ("1", "true", "on", "yes"):
            return True
        if value.lower() in ("0", "false", "off", "no"):
            return False
        raise UnknownFault(f"the fault `{name}` is on or off, not {value!r}")
    if value is None:
        raise UnknownFault(f"the fault `{name}` needs a value: {name}=…")
    try:
        found = kind(value)
        if kind is float and not math.isfinite(found):
            raise ValueError
        return found
    except ValueError as error:
        raise UnknownFault(f"the fault `{name}` needs a number, not {value!r}") from error


_CHOICES = {"layout": ("modern", "old", "2018", "v2"), "drop": ("", "before", "middle")}


def _check(faults: Faults) -> None:
    for name, allowed in _CHOICES.items():
        if getattr(faults, name) not in allowed:
            raise UnknownFault(f"the fault `{name}` is one of {', '.join(filter(None, allowed))}, not {getattr(faults, name)!r}")
    try:
        "".encode(faults.charset or "utf-8")
    except LookupError as error:
        raise UnknownFault(f"there is no charset {faults.charset!r}") from error
