"""What the index keeps of a song, whichever database it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol


class IndexableSong(Protocol):
    """The fields of a stored, tagged song that the index reads (`storage.snapshot` yields these)."""

    @property
    def song_id(self) -> str:
        """The site's id, or the stable id of an imported song."""

    @property
    def title(self) -> str:
        """Display title."""

    @property
    def artist(self) -> str:
        """Artists' names joined by a comma and a space."""

    @property
    def album(self) -> str | None:
        """Album title where known."""

    @property
    def genre(self) -> str | None:
        """Display name of the genre, as 발라드."""

    @property
    def image_url(self) -> str | None:
        """Cover."""

    @property
    def likes(self) -> int | None:
        """Latest known like count; None is unknown, not 0."""

    @property
    def released(self) -> date | None:
        """Release date when whole."""

    @property
    def lyrics(self) -> str | None:
        """Lines joined by a newline."""

    @property
    def main_emotion(self) -> str | None:
        """One of the seven labels; None for a song not tagged."""

    @property
    def counts(self) -> Sequence[int] | None:
        """Lines per emotion in class-id order."""

    @property
    def probabilities(self) -> Sequence[float] | None:
        """Mean probabilities per emotion in class-id order."""
