"""The tagging job: a model, a database, every untagged song."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from storage.emotions import EmotionStore
from storage.schema import open_for_reading, open_for_writing
from tagging.bundle import DEFAULT_FOLDER, classifier_of, open_bundle
from tagging.classifier import Classifier
from tagging.song import SONG_RULES
from tagging.tagger import Progress, TaggingReport, tag_songs

# Songs a transaction: what is read again after a kill; on a cluster enough lines to keep its workers busy.
_SONGS, _SONGS_ON_A_CLUSTER = 32, 512


@dataclass(frozen=True, slots=True)
class TagOrder:
    """What to tag and with which model; an empty model takes the one that ships with ReUmi.

    `dask` is a Dask scheduler's address, or `local:N` for N processes here; empty reads in this process.
    """

    model: str = ""
    limit: int | None = None
    dask: str = ""


def tag_database(database_url: str, order: TagOrder, progress: Progress | None = None) -> TaggingReport:
    """Label every song that the order's model has not read, or whose label was made of its lines by older rules.

    `progress` is called after every stored batch with the report so far. Raises ModelMissing, ModelRefused or a storage error (NoDataSet
    where there is none), the model's before the database is touched.
    """
    bundle = open_bundle(order.model or DEFAULT_FOLDER)
    with ExitStack() as stack:
        classifier: Classifier
        batch = _SONGS
        if order.dask:
            from tagging.cluster import ClusterReader, open_cluster

            classifier, batch = ClusterReader(stack.enter_context(open_cluster(order.dask)), bundle), _SONGS_ON_A_CLUSTER
        else:
            classifier = classifier_of(bundle)
        # Where nothing was crawled yet a data set must not come to be, all of whose no songs are labelled.
        open_for_reading(database_url).dispose()
        engine = open_for_writing(database_url)
        stack.callback(engine.dispose)
        store = EmotionStore(engine, bundle.fingerprint, rules=SONG_RULES)
        store.register_model(bundle.name, bundle.kind)
        return tag_songs(store, classifier, batch=batch, limit=order.limit, progress=progress)
