"""What ReUmi says while it runs by itself: one line an event, for people or as JSON, each with the run it belongs to."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TextIO

FORMATS = ("console", "json")
LEVELS = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Log:
    """Writes events to a stream (standard error unless given), each with the fields bound to it.

    `console`: `22:05:01 top100 #17  started`. `json`: one object a line with `time` (ISO 8601, UTC), `level`, `message` and the fields;
    `run` is the number that `reumi runs` shows, `crawl` the id of the crawl run. A stream that is gone silences the log: nobody to
    tell is no reason to end a job.
    """

    form: str = "console"
    fields: dict[str, Any] = field(default_factory=dict)
    stream: TextIO | None = None

    def bind(self, **fields: Any) -> Log:
        """The same log with further fields on every event."""
        return replace(self, fields={**self.fields, **{name: value for name, value in fields.items() if value is not None}})

    def info(self, message: str, **fields: Any) -> None:
        """An ordinary event."""
        self._say("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Something to look at one day."""
        self._say("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """Something that failed."""
        self._say("error", message, fields)

    def _say(self, level: str, message: str, fields: dict[str, Any]) -> None:
        moment, known = datetime.now(UTC), {**self.fields, **fields}
        line = _as_json(moment, level, message, known) if self.form == "json" else _for_people(moment, level, message, known)
        with contextlib.suppress(OSError, ValueError):
            print(line, file=self.stream or sys.stderr, flush=True)


def _as_json(moment: datetime, level: str, message: str, fields: dict[str, Any]) -> str:
    event = {"time": moment.isoformat(timespec="milliseconds"), "level": level, "message": message, **fields}
    return json.dumps(event, ensure_ascii=False, default=str)


def _for_people(moment: datetime, level: str, message: str, fields: dict[str, Any]) -> str:
    shown = dict(fields)
    who = f"{shown.pop('job', '')} {'#' + str(shown.pop('run')) if 'run' in shown else ''}".strip()
    mark = {"info": "", "warning": "warning: ", "error": "ERROR: "}[level]
    rest = "  ".join(f"{name}={value}" for name, value in shown.items())
    return f"{moment.astimezone():%H:%M:%S} {who:<16} {mark}{message}{'  ' + rest if rest else ''}"
