"""The tagging job: a model, a database, every untagged song."""

from __future__ import annotations

from dataclasses import dataclass

from storage.emotions import EmotionStore
from storage.schema import open_for_writing
from tagging.bundle import DEFAULT_FOLDER, classifier_of, open_bundle
from tagging.tagger import Progress, TaggingReport, tag_songs


@dataclass(frozen=True, slots=True)
class TagOrder:
    """What to tag and with which model; an empty model takes the one that ships with ReUmi."""

    model: str = ""
    limit: int | None = None


def tag_database(database_url: str, order: TagOrder, progress: Progress | None = None) -> TaggingReport:
    """Label every song that the order's model has not read.

    `progress` is called after every stored batch with the report so far. Raises ModelMissing, ModelRefused or a storage error, the
    model's before the database is touched.
    """
    bundle = open_bundle(order.model or DEFAULT_FOLDER)
    classifier = classifier_of(bundle)
    engine = open_for_writing(database_url)
    try:
        store = EmotionStore(engine, bundle.fingerprint)
        store.register_model(bundle.name, bundle.kind)
        return tag_songs(store, classifier, limit=order.limit, progress=progress)
    finally:
        engine.dispose()
