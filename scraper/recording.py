"""Keeps every page of a crawl in a folder, and reads a crawl from such a folder instead of from the site.

The folder holds `recording.json` (format, version, site), `pages/<hash of the address>.json.gz` (address, time, status, text) and
`likes.jsonl` (a line with time and counts per answered call). The file of an address read again is replaced: the last answer counts.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scraper.errors import BadRequest, CannotKeep, FetchFailed
from scraper.kept import write_whole
from scraper.pages.markers import require_page
from scraper.ports import Fetcher, Page

FORMAT, VERSION = "reumi-recording", 1


class RecordingFetcher:
    """A fetcher that also keeps what another one brings: pages before anyone looks for fields in them, like counts as they were read.

    What the other one raises for (a refusal, an error page, an address that is no more, likes of another shape) is not recorded.
    Every method raises CannotKeep when the folder cannot be written.
    """

    def __init__(self, inner: Fetcher, folder: Path, site_root: str) -> None:
        self._inner = inner
        self._folder = folder
        head = folder / "recording.json"
        try:
            (folder / "pages").mkdir(parents=True, exist_ok=True)
            if not head.exists():
                write_whole(head, json.dumps({"format": FORMAT, "version": VERSION, "site": site_root}).encode())
        except OSError as error:
            raise CannotKeep(folder, error) from error
        known = _head(folder)
        if known["site"] != site_root:
            raise BadRequest(f"{folder} holds a recording of {known['site']}, not of {site_root}: give --record another folder")

    def get(self, url: str) -> Page:
        """Bring and keep a page."""
        return self._keep(url, self._inner.get(url))

    def expect(self, url: str) -> None:
        """Pass the hint on."""
        self._inner.expect(url)

    def render(self, url: str) -> Page:
        """Bring and keep a page that ran its scripts."""
        return self._keep(url, self._inner.render(url))

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """Bring and keep like counts."""
        likes = self._inner.likes(song_ids)
        try:
            _append(self._folder / "likes.jsonl", json.dumps({"at": datetime.now(UTC).isoformat(), "likes": likes}))
        except OSError as error:
            raise CannotKeep(self._folder, error) from error
        return likes

    def screenshot(self) -> bytes | None:
        """PNG from the fetcher within."""
        return self._inner.screenshot()

    def close(self) -> None:
        """End the fetcher within."""
        self._inner.close()

    def _keep(self, url: str, page: Page) -> Page:
        kept = {"url": url, "at": datetime.now(UTC).isoformat(), "status": page.status, "seconds": page.seconds, "html": page.html}
        text = json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            write_whole(self._folder / _file_of(url), gzip.compress(text, compresslevel=6, mtime=0))
        except OSError as error:
            raise CannotKeep(self._folder, error) from error
        return page


class ReplayFetcher:
    """A fetcher that brings what a recording holds; a page that it does not hold, or holds damaged, fails as one that never comes.

    Raises BadRequest for a folder that is no recording.
    """

    def __init__(self, folder: Path) -> None:
        self.site_root = str(_head(folder)["site"])
        self._folder = folder
        self._at = datetime.now(UTC)
        self._likes = _likes_of(folder / "likes.jsonl")

    def now(self) -> datetime:
        """When the answer that was brought last had been recorded (aware, UTC): what a harvest of it was observed at."""
        return self._at

    def get(self, url: str) -> Page:
        """The recorded answer for `url`. Raises FetchFailed when there is none that can be read."""
        path = self._folder / _file_of(url)
        try:
            kept = json.loads(gzip.decompress(path.read_bytes()).decode("utf-8", "surrogatepass"))
            page, at = Page(url=url, html=kept["html"], status=kept["status"], seconds=0.0), datetime.fromisoformat(kept["at"])
        except FileNotFoundError:
            raise FetchFailed(url, f"the recording {self._folder} does not hold it") from None
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise FetchFailed(url, f"{path} is damaged: {error}") from error
        self._at = at
        require_page(page)
        return page

    def expect(self, url: str) -> None:
        """Nothing to do ahead."""

    def render(self, url: str) -> Page:
        """The recorded answer; scripts ran, if at all, when it was recorded."""
        return self.get(url)

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        """The recorded like counts; None for songs whose counts were not recorded."""
        found = {song_id: self._likes[song_id] for song_id in song_ids if song_id in self._likes}
        if found:
            self._at = max(at for at, _ in found.values())
        return {song_id: found[song_id][1] if song_id in found else None for song_id in song_ids}

    def screenshot(self) -> bytes | None:
        """None: there is no browser."""
        return None

    def close(self) -> None:
        """Nothing to end."""


def _file_of(url: str) -> Path:
    return Path("pages") / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.json.gz"


def _append(path: Path, line: str) -> None:
    """Append a line, on a line of its own even after one that a kill or a full disk has cut short."""
    with path.open("a+b") as file:
        torn = file.tell() > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
        file.write(b"\n" * torn + line.encode() + b"\n")


def _likes_of(path: Path) -> dict[str, tuple[datetime, int | None]]:
    """The time and count that were recorded last for each song; a line that was cut short is passed over."""
    found: dict[str, tuple[datetime, int | None]] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return found
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror or error}") from error
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError, OverflowError):
            entry = json.loads(line)
            at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
            found.update({song_id: (at, likes) for song_id, likes in entry["likes"].items()})
    return found


def _head(folder: Path) -> dict[str, Any]:
    try:
        head = json.loads((folder / "recording.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{folder} holds no recording of a crawl: {error}") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT or head.get("version") != VERSION:
        raise BadRequest(f"{folder}/recording.json is not a {FORMAT} of version {VERSION}")
    if not isinstance(head.get("site"), str):
        raise BadRequest(f'{folder}/recording.json does not say of which site it is: add "site": "https://..." to it')
    return head
