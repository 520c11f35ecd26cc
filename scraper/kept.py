"""Keeps the pages and like answers that the parser refused, so that people can see what changed; equal failures are kept once and counted.

A kept page is three files of one name: `.html.gz` (as it came), `.png` (a picture, where there was a browser) and `.json` (what was
missing, where, how often and when).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from scraper.errors import CannotKeep, Gone, KeptPageDamaged, LayoutChanged, ScraperError
from scraper.pages.likes import read_likes
from scraper.pages.listing import parse_listing
from scraper.pages.markers import require_page
from scraper.pages.song import parse_song
from scraper.ports import Page
from scraper.site import likes_ids


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One kept failure: the missing field, its selector, the page's address, and how often alike pages failed."""

    name: str
    field: str
    selector: str
    url: str
    message: str
    status: int | None
    count: int
    first_seen: str
    last_seen: str


class PageKeep:
    """A folder of kept pages. Safe to share between threads."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self._now = now
        self._lock = threading.Lock()

    def keep(self, page: Page, error: LayoutChanged, screenshot: Callable[[], bytes | None]) -> None:
        """Keep `page`, or only count it when a page of the same kind already failed in the same way. Raises CannotKeep."""
        path = urlsplit(error.url).path
        name = hashlib.sha256(f"{path}\n{error.field}\n{error.selector}".encode()).hexdigest()[:12]
        try:
            with self._lock:
                self._keep(name, page, error, screenshot)
        except OSError as failure:
            raise CannotKeep(self.folder, failure) from failure

    def _keep(self, name: str, page: Page, error: LayoutChanged, screenshot: Callable[[], bytes | None]) -> None:
        seen = self._now().isoformat(timespec="seconds")
        known = self.read(name)
        if known is not None:
            self._write(replace(known, count=known.count + 1, last_seen=seen))
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / f"{name}.html.gz", gzip.compress(page.html.encode("utf-8", "surrogatepass"), mtime=0))
        picture = screenshot()
        if picture:
            write_whole(self.folder / f"{name}.png", picture)
        self._write(KeptPage(name, error.field, error.selector, error.url, str(error), page.status, 1, seen, seen))

    def read(self, name: str) -> KeptPage | None:
        """What is known about one kept page; None where there is no whole record of it."""
        try:
            return KeptPage(**json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def html(self, kept: KeptPage) -> str:
        """The page as it came. Raises KeptPageDamaged."""
        file = self.folder / f"{kept.name}.html.gz"
        try:
            return gzip.decompress(file.read_bytes()).decode("utf-8", "surrogatepass")
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise KeptPageDamaged(file, error) from error

    def pages(self) -> Iterator[KeptPage]:
        """All kept pages, the latest seen first."""
        found = [kept for path in self.folder.glob("*.json") if (kept := self.read(path.stem)) is not None]
        yield from sorted(found, key=lambda kept: kept.last_seen, reverse=True)

    def drop(self, kept: KeptPage) -> None:
        """Remove a kept page, for instance since the parser reads it by now."""
        for path in self.folder.glob(f"{kept.name}.*"):
            path.unlink(missing_ok=True)

    def _write(self, kept: KeptPage) -> None:
        write_whole(self.folder / f"{kept.name}.json", json.dumps(asdict(kept), ensure_ascii=False, indent=1).encode())


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, whenever the process may die. Raises OSError.

    Of several writers of one file the last one wins.
    """
    draft = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        draft.write_bytes(content)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_again(keep: PageKeep, kept: KeptPage) -> str | None:
    """What the present parser says against a kept page; None when it reads it."""
    parts = urlsplit(kept.url)
    query = parse_qs(parts.query)
    try:
        page = Page(kept.url, keep.html(kept), kept.status, 0.0)
        if "contsIds" in query:
            read_likes(page, likes_ids(page.url))
            return None
        require_page(page)
        if "songId" in query:
            parse_song(page.html, page.url, query["songId"][0])
        elif not parse_listing(page.html, page.url, int(query.get("startIndex", ["1"])[0])).rows:
            return "it holds no row"
    except Gone:
        return None
    except (ScraperError, ValueError) as error:
        return str(error)
    return None
