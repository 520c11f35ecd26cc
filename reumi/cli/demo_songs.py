"""The replica's own songs as the recommender takes them, tagged here and now: a data set without a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from reumi.replica.catalogue import Song, load_songs
from reumi.replica.clock import likes_at
from scraper.site import genre
from tagging.classifier import Classifier
from tagging.lyrics import lyric_of
from tagging.song import read_song

# The day on which the demo songs' like counts are read, so that a measurement does not move with the calendar.
_DAY = datetime(2026, 11, 1, tzinfo=UTC)
# The ordinary songs of the seven genres; the others stand for odd cases of the site and are not judged.
_ORDINARY = re.compile(r"390[1-7]\d{4}")


@dataclass(frozen=True, slots=True)
class DemoSong:
    """A tagged song, with the fields of `recommender.rows.IndexableSong`."""

    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    image_url: str | None
    likes: int | None
    released: date | None
    lyrics: str | None
    main_emotion: str | None
    counts: tuple[int, ...]
    probabilities: tuple[float, ...]


def is_judged(song_id: str) -> bool:
    """Whether the judged diaries grade this song."""
    return _ORDINARY.fullmatch(song_id) is not None


def demo_songs(classifier: Classifier) -> list[DemoSong]:
    """The judged songs of the catalogue with the feelings that the classifier reads in them, as `reumi tag` would."""
    return [_tagged(song, classifier) for song in load_songs().values() if is_judged(song.song_id)]


def _tagged(song: Song, classifier: Classifier) -> DemoSong:
    lyric = lyric_of(song.lyrics)
    reading = read_song(lyric, classifier.predict_proba([text.text for text in lyric.read]))
    return DemoSong(
        song_id=song.song_id,
        title=song.title,
        artist=", ".join(song.artists),
        album=song.album,
        genre=genre(song.genre_code).name,
        image_url=None,
        likes=likes_at(song, _DAY),
        released=date(*map(int, song.released.split("."))),
        lyrics=song.lyrics,
        main_emotion=reading.main_emotion,
        counts=reading.counts,
        probabilities=tuple(float(share) for share in reading.probabilities),
    )
