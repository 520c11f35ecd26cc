"""What the replica answers to one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HTML = "text/html;charset=UTF-8"
JSON = "application/json;charset=UTF-8"
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type and body; `page` marks what faults apply to (not pictures, scripts, robots.txt)."""

    status: int
    kind: str
    body: str
    page: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def page(body: str, status: int = 200) -> Answer:
    """An HTML page or fragment."""
    return Answer(status, HTML, body, page=True)
