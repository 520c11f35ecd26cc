"""The like JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from reumi.replica.answer import HTML, JSON, Answer
from reumi.replica.catalogue import Song
from reumi.replica.clock import likes_at
from reumi.replica.faults import Faults
from reumi.replica.html.failures import overloaded_page


def likes_answer(ids: str, songs: Mapping[str, Song], now: datetime, faults: Faults) -> Answer:
    """Counts for a comma list of ids, in the order asked; unknown ids and songs that are gone are left out, repeated ones come once."""
    if faults.likes_status:
        return Answer(faults.likes_status, HTML, overloaded_page(), page=True)
    asked = [song_id for song_id in dict.fromkeys(ids.split(",")) if song_id in songs and not songs[song_id].gone]
    if faults.likes_missing:
        asked = [song_id for place, song_id in enumerate(asked, start=1) if place % faults.likes_missing]
    if faults.likes_shuffled:
        asked = asked[1::2] + asked[::2]
    body = {
        "contsLike": [{"CONTSID": int(song_id), "LIKEYN": "N", "SUMMCNT": likes_at(songs[song_id], now)} for song_id in asked],
        "httpDomain": "http://www.melon.com",
        "httpsDomain": "https://www.melon.com",
        "staticDomain": "https://static.melon.co.kr",
    }
    text = json.dumps(body, separators=(",", ":"))
    return Answer(200, JSON, text[: len(text) // 2] if faults.likes_broken else text, page=True)
