"""The site's JSON of like counts: text in, counts by song id out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scraper.errors import LayoutChanged
from scraper.fields import count


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
    if isinstance(value, bool) or not isinstance(value, int | str) or (number := count(str(value))) is None:
        raise ValueError(f"{value!r} is no like count")
    return number
