"""What a crawl read, counted as it goes: the summary for people and the field coverage for the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scraper.errors import LayoutChanged
from scraper.ports import Harvest, PageTask, TaskKind
from scraper.reader import Reading
from scraper.records import ListedSong, LyricsStatus, SongDetail

LISTED_FIELDS = ("album", "image_url", "rank_shown")
SONG_FIELDS = ("album", "image_url", "genres", "released_text", "credits")


@dataclass(slots=True)
class Tally:
    """Counts of one crawl. `lists` holds rows by list name, `fields` how many of the records of a kind have a field."""

    lists: Counter[str] = field(default_factory=Counter)
    lyrics: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)  # read, by kind
    fields: Counter[str] = field(default_factory=Counter)  # `listed.album`, `song.credits`, ...
    layout_failures: Counter[str] = field(default_factory=Counter)  # by kind
    layout_reasons: Counter[str] = field(default_factory=Counter)
    layout_example: str = ""  # the first of them, whole: field, selector and address
    songs: set[str] = field(default_factory=set)
    due: set[str] = field(default_factory=set)
    likes_asked: set[str] = field(default_factory=set)
    likes_known: set[str] = field(default_factory=set)
    gone: int = 0
    failed: list[str] = field(default_factory=list)  # one sentence a page
    repeated: list[str] = field(default_factory=list)

    def took(self, task: PageTask, reading: Reading) -> None:
        """Count a page that was read and saved."""
        harvest = reading.harvest
        self.pages[task.kind] += 1
        for song in harvest.listed:
            self._count_listed(song)
        if task.kind is TaskKind.LIST:
            self.lists[str(task.list_key)] += len(harvest.listed)
            self.due.update(item.song_id for item in reading.follow if item.song_id is not None)
        if reading.repeated:
            self.repeated.append(task.url)
        if harvest.detail is not None:
            self._count_song(harvest.detail)
        self._count_likes(harvest)

    def refused(self, task: PageTask, error: LayoutChanged) -> None:
        """Count a page that came but could not be read."""
        self.layout_failures[task.kind] += 1
        self.layout_reasons[f"no {error.field} at `{error.selector}`"] += 1
        self.layout_example = self.layout_example or str(error)
        self.failed.append(str(error))

    def _count_listed(self, song: ListedSong) -> None:
        self.songs.add(song.song_id)
        self.fields["listed"] += 1
        self.fields.update(f"listed.{name}" for name in LISTED_FIELDS if getattr(song, name))

    def _count_song(self, song: SongDetail) -> None:
        self.lyrics[song.lyrics_status] += 1
        self.fields["song"] += 1
        self.fields.update(f"song.{name}" for name in SONG_FIELDS if getattr(song, name))
        if song.lyrics_status is LyricsStatus.OK:
            self.fields["song.lyrics"] += 1

    def _count_likes(self, harvest: Harvest) -> None:
        self.likes_asked.update(harvest.likes)
        self.likes_known.update(song_id for song_id, likes in harvest.likes.items() if likes is not None)

    def coverage(self) -> dict[str, Any]:
        """Records and filled fields, to be judged now and compared with later: `{"lists": {name: rows}, "fields": {name: count}}`."""
        counted = dict(self.fields) | {"likes": len(self.likes_asked), "likes.known": len(self.likes_known)}
        return {"lists": dict(self.lists), "fields": counted}

    def counts(self) -> dict[str, Any]:
        """The numbers that a run keeps for people."""
        return {
            "lists": dict(self.lists),
            "songs": len(self.songs),
            "due": len(self.due),
            "likes_known": len(self.likes_known),
            "lyrics": dict(self.lyrics),
            "pages": dict(self.pages),
            "gone": self.gone,
            "failed": len(self.failed),
        }

    def merge(self, other: Tally) -> None:
        """Add what another crawler of the same run counted."""
        for name in ("lists", "lyrics", "pages", "fields", "layout_failures", "layout_reasons"):
            getattr(self, name).update(getattr(other, name))
        for name in ("songs", "due", "likes_asked", "likes_known"):
            getattr(self, name).update(getattr(other, name))
        self.layout_example = self.layout_example or other.layout_example
        self.failed += other.failed
        self.repeated += other.repeated
        self.gone += other.gone
