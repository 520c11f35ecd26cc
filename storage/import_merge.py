"""How an imported song meets the stored one: what the row becomes, and whether that changes anything.

A file that tells when the song was last seen (an export of ReUmi's) is an observation like a crawled page: the newer side wins. What
only a song's own page tells goes by when that was read, and whether the song is gone by which of the two was said last.
A file that does not tell only fills the gaps of a crawled song, and corrects an imported one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scraper.records import LyricsStatus
from storage.import_rows import ImportedSong
from storage.models import Song
from storage.song_rows import UNREAD, lyrics_hash

COLUMNS = tuple(column.name for column in Song.__table__.c)
# Written with every change, so that a difference here alone is none.
_BOOKKEEPING = frozenset({"updated_at"})
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(COLUMNS),
    "page_genres": [],
    "credits": [],
    "released_text": "",
    "adult": False,
    "lyrics_status": UNREAD,
    "source": "import",
}
_LYRICS = ("lyrics", "lyrics_hash", "lyrics_status")
_OF_THE_PAGE = frozenset({*_LYRICS, "page_genres", "released_text", "released", "credits", "details_at"})
# Merged by their own times.
_TIMED = frozenset({"likes", "likes_at", "first_seen", "last_seen", "source", "gone_at"})


def merged(song: ImportedSong, stored: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    """The row of `songs` that the import leaves; equal to `stored` where it changes nothing."""
    fields = _with_derived(song.fields)
    if _lacks_its_lyrics(fields, stored):
        # As if its page had not been read: a crawl would otherwise leave it alone for as long as one that was.
        fields |= {"lyrics_status": UNREAD, "details_at": None}
    if stored is None:
        row = _DEFAULTS | fields | {"song_id": song.song_id}
        for name in ("first_seen", "last_seen"):
            row[name] = fields.get(name) or fields.get("last_seen") or fields.get("likes_at") or now
        if row["likes"] is not None and row["likes_at"] is None:
            row["likes_at"] = row["last_seen"]
        row["updated_at"] = now
        return row
    row = dict(stored) | _accepted(fields, stored)
    row["first_seen"] = min(stored["first_seen"], fields.get("first_seen") or stored["first_seen"])
    row["last_seen"] = max(stored["last_seen"], fields.get("last_seen") or stored["last_seen"])
    row["gone_at"] = _gone_at(row, fields, stored)
    _merge_likes(row, fields, stored, now)
    if differs(row, stored):
        row["updated_at"] = now
    return row


def differs(row: Mapping[str, Any], stored: Mapping[str, Any] | None) -> bool:
    """Whether the row is to be written."""
    return stored is None or any(row[name] != stored[name] for name in COLUMNS if name not in _BOOKKEEPING)


def _lacks_its_lyrics(fields: Mapping[str, Any], stored: Mapping[str, Any] | None) -> bool:
    """An export that left the lyrics out tells that they were read, which holds only for the data set that it came from."""
    kept = stored is not None and stored["lyrics"]
    return fields.get("lyrics_status") == LyricsStatus.OK and not fields.get("lyrics") and not kept


def _accepted(fields: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in fields.items() if name not in _TIMED}
    if facts.get("genre") == stored["genre"]:
        facts.pop("genre_source", None)  # the file only repeats what a list or page has told
    seen = fields.get("last_seen")
    newer = seen >= stored["last_seen"] if seen is not None else stored["source"] == "import"
    page_is_newer = _page_is_newer(fields, stored, newer)
    # The lyrics' three columns belong together.
    fills_lyrics = stored["lyrics"] is None and bool(facts.get("lyrics"))

    def accepts(name: str) -> bool:
        if page_is_newer if name in _OF_THE_PAGE else newer:
            return True
        # An older list on which it could not be played says nothing of a song that can be by now.
        return fills_lyrics if name in _LYRICS else stored[name] in (None, "", []) and name != "delisted_at"

    return {name: value for name, value in facts.items() if accepts(name)}


def _page_is_newer(fields: Mapping[str, Any], stored: Mapping[str, Any], newer: bool) -> bool:
    """Whether the file's reading of the song's page outranks the stored one; `newer` tells it of the rest."""
    read, known = fields.get("details_at"), stored["details_at"]
    if read is not None and known is not None:
        return bool(read >= known)
    if read is not None:
        return newer or not stored["lyrics"]
    never_read = "details_at" not in fields and fields.get("lyrics_status") == UNREAD
    return newer and not (never_read and known is not None)


def _gone_at(row: Mapping[str, Any], fields: Mapping[str, Any], stored: Mapping[str, Any]) -> datetime | None:
    """When the site last said that the song is gone; None where its page was read after that."""
    said = [moment for moment in (stored["gone_at"], fields.get("gone_at")) if moment is not None]
    last: datetime | None = max(said, default=None)
    return None if last is not None and row["details_at"] is not None and row["details_at"] > last else last


def _merge_likes(row: dict[str, Any], fields: Mapping[str, Any], stored: Mapping[str, Any], now: datetime) -> None:
    likes, seen = fields.get("likes"), fields.get("likes_at")
    if likes is None:
        return
    if seen is None:
        # No time given: it counts as seen now where it is news, so that the same file read again tells nothing new.
        if stored["likes"] is not None and (stored["source"] != "import" or likes == stored["likes"]):
            return
        seen = now
    if stored["likes_at"] is None or seen >= stored["likes_at"]:
        row["likes"], row["likes_at"] = likes, seen


def _with_derived(fields: Mapping[str, Any]) -> dict[str, Any]:
    derived = {name: value for name, value in fields.items() if name in COLUMNS}
    if "lyrics" in derived:
        derived["lyrics_hash"] = lyrics_hash(derived["lyrics"])
    if "genre" in derived:
        derived["genre_source"] = "import"
    return derived
