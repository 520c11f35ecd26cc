"""The sentence encoder that the settings name, and the index that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recommender.place import index_folder
from reumi.settings import Settings

if TYPE_CHECKING:
    from tagging.sentence_encoder import SentenceEncoder


def encoder_of(settings: Settings) -> SentenceEncoder | None:
    """The encoder, opened; None where the settings name none. Raises ModelMissing or ModelRefused."""
    if not settings.encoder:
        return None
    from tagging.sentence_encoder import open_encoder

    return open_encoder(settings.encoder)


def folder_of_index(settings: Settings, database_url: str, base: Path | None = None) -> Path:
    """Where the index lies that these settings lead to; relative paths are those of `base`, else of the working folder.

    Raises ModelMissing or ModelRefused for an encoder that is none.
    """
    base = base or Path()
    fingerprint = ""
    if settings.encoder:
        from tagging.sentence_encoder import read_config

        fingerprint = read_config(base / settings.encoder)["fingerprint"]
    return base / index_folder(database_url, settings.index_dir or None, fingerprint)
