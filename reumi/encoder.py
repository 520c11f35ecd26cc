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


def folder_of_index(settings: Settings, database_url: str) -> Path:
    """Where the index lies that these settings lead to. Raises ModelMissing or ModelRefused for an encoder that is none."""
    fingerprint = ""
    if settings.encoder:
        from tagging.sentence_encoder import read_config

        fingerprint = read_config(Path(settings.encoder))["fingerprint"]
    return index_folder(database_url, settings.index_dir or None, fingerprint)
