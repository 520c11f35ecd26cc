"""Golden pages: a folder with a page, its circumstances and what reading it gives.

`case.json` says how the page is read, `expected.json` holds the record or the error. After a parser has changed on purpose:
`python tests/pages/golden.py` writes every expectation anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scraper.errors import ScraperError
from scraper.pages.listing import parse_listing
from scraper.pages.song import parse_song

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class GoldenPage:
    """One case: how to read `html`, and the stored outcome."""

    name: str
    kind: str
    url: str
    html: str
    expected: dict[str, Any]
    start_index: int = 1
    song_id: str = ""

    def read(self, html: str | None = None) -> Any:
        """Parse the case's page, or another page in its place."""
        text = self.html if html is None else html
        if self.kind == "listing":
            return parse_listing(text, self.url, self.start_index)
        return parse_song(text, self.url, self.song_id)

    def outcome(self) -> dict[str, Any]:
        """What reading the page gives, as plain JSON."""
        try:
            return {"record": json.loads(json.dumps(asdict(self.read()), default=str, ensure_ascii=False))}
        except ScraperError as error:
            return {"error": type(error).__name__, "message": str(error)}


def load() -> list[GoldenPage]:
    """Every golden page."""
    return [_load(path.parent) for path in sorted(FOLDER.glob("*/case.json"))]


def _load(folder: Path) -> GoldenPage:
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    stored = folder / "expected.json"
    expected = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    return GoldenPage(folder.name, html=(folder / "page.html").read_text(encoding="utf-8"), expected=expected, **case)


if __name__ == "__main__":
    for golden in load():
        text = json.dumps(golden.outcome(), ensure_ascii=False, indent=1) + "\n"
        (FOLDER / golden.name / "expected.json").write_text(text, encoding="utf-8")
