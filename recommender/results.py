"""What a recommendation is made of, as plain typed values that print well in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from tagging.emotions import LABELS


@dataclass(frozen=True, slots=True)
class RecommendedSong:
    """A song of the answer. `score` equals the sum of `parts` (scorer name to its share) within 1e-6."""

    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    image_url: str | None
    likes: int | None
    emotion: str
    score: float
    parts: dict[str, float]
    reasons: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The song as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer to a diary: its main emotion, the seven probabilities (label to share), and the songs, best first."""

    emotion: str
    probabilities: dict[str, float]
    songs: list[RecommendedSong]

    def as_dict(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "emotion": self.emotion,
            "probabilities": {label: round(self.probabilities[label], 6) for label in LABELS},
            "songs": [song.as_dict() for song in self.songs],
        }

    def _repr_html_(self) -> str:
        """Cards for a notebook; every text from outside is escaped."""
        cards = "".join(_card(song) for song in self.songs)
        return f"<p>오늘의 마음: <b>{escape(self.emotion)}</b></p><div style='display:flex;gap:16px;flex-wrap:wrap'>{cards}</div>"


def _card(song: RecommendedSong) -> str:
    cover = f"<img src='{escape(song.image_url, quote=True)}' width='120' alt=''>" if song.image_url else ""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in song.reasons)
    return f"<div style='max-width:220px'>{cover}<div><b>{escape(song.title)}</b><br>{escape(song.artist)}</div><ul>{reasons}</ul></div>"
