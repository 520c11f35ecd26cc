"""The site's JSON of like counts: text in, counts by song id out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scraper.errors import LayoutChanged
from scraper.fields import count
from scraper.pages.markers import require_page
from scraper.ports import Page


def read_likes(page: Page, song_ids: Sequence[str], retry_after: float | None = None) -> dict[str, int | None]:
    """Like counts of an answer as it came. Raises like `require_page` and like `parse_likes`; LayoutChanged then holds the answer."""
    if not page.html.lstrip().startswith("{") or page.status not in (200, None):
        require_page(page, retry_after)
    try:
        return parse_likes(page.html, song_ids, page.url)
    except LayoutChanged as error:
        error.page = page
        raise


def parse_likes(text: str, song_ids: Sequence[str], url: str) -> dict[str, int | None]:
    """Like counts of `song_ids`, joined by id because the answer may lack some or come in another order.

    None stands for a song that the answer lacks: unknown, never 0. Raises LayoutChanged for any other shape.
    """
    try:
        entries = json.loads(text)["contsLike"]
        found = {str(entry["CONTSID"]): _likes(entry["SUMMCNT"]) for entry in entries}
    except (ValueError, KeyError, TypeError) as error:
        raise LayoutChanged("likes", "contsLike[].CONTSID, SUMMCNT", url) from error
    return {song_id: found.get(song_id) for song_id in song_ids}


def _likes(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int | str) or (number := count(str(value))) is None:
        raise ValueError(f"{value!r} is no like count")
    return number
