"""Past one machine: a Dask cluster reads the lines, each worker with one model that it opens once.

Lines are sent, not songs: the calling process alone talks to the database, so a lost worker costs its lines' reading and nothing else
(Dask gives them to another), and the labels are those of one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tagging.bundle import DEFAULT_FOLDER, Bundle, classifier_of, open_bundle
from tagging.classifier import Classifier, Probabilities
from tagging.emotions import N_LABELS
from tagging.errors import ClusterLost, ExtraMissing

# Lines of one task: some seconds of work for KoBERT, a tenth of one for a small model.
_SHARD = 256
_RETRIES = 3
_opened: dict[str, Classifier] = {}


class ClusterReader:
    """A classifier whose lines are read by a cluster's workers."""

    def __init__(self, client: Any, bundle: Bundle) -> None:
        self._client = client
        # The shipped model lies wherever ReUmi is installed; another one must lie under the same path on every worker.
        self._folder = "" if bundle.folder == DEFAULT_FOLDER else str(bundle.folder.resolve())
        self._fingerprint = bundle.fingerprint

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the bundle."""
        return self._fingerprint

    def predict_proba(self, lines: Sequence[str]) -> Probabilities:
        """As every classifier; raises ClusterLost when no worker could do it."""
        shards = [list(lines[start : start + _SHARD]) for start in range(0, len(lines), _SHARD)]
        if not shards:
            return np.empty((0, N_LABELS), dtype=np.float32)
        tasks = self._client.map(read_shard, shards, folder=self._folder, fingerprint=self._fingerprint, retries=_RETRIES, pure=False)
        try:
            return np.concatenate(self._client.gather(tasks))
        except Exception as error:  # a worker's own error comes back as it was raised there, whatever it is
            raise ClusterLost(f"the Dask cluster could not read the lines: {error}") from error


def read_shard(lines: Sequence[str], folder: str, fingerprint: str) -> Probabilities:
    """Runs on a worker: read lines with a model that this process keeps open. Raises ClusterLost for another model under that path."""
    if fingerprint not in _opened:
        bundle = open_bundle(folder or DEFAULT_FOLDER)
        if bundle.fingerprint != fingerprint:
            raise ClusterLost(f"a worker has another model at {bundle.folder}: give all machines the same one")
        _opened[fingerprint] = classifier_of(bundle)
    return _opened[fingerprint].predict_proba(lines)


@contextmanager
def open_cluster(address: str) -> Iterator[Any]:
    """A Dask client: `local:N` starts N processes here, anything else is a scheduler's address. Raises ExtraMissing or ClusterLost."""
    try:
        import distributed
    except ImportError:
        raise ExtraMissing("tagging on a Dask cluster", "dask") from None
    library: Any = distributed
    if address.startswith("local:"):
        count = address.removeprefix("local:")
        if not count.isdigit() or not 1 <= int(count) <= 256:
            raise ClusterLost(f"{address} is no local cluster: write local:2 for two processes")
        with (
            library.LocalCluster(n_workers=int(count), threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
            library.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = library.Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterLost(f"no Dask scheduler answers at {address} ({error or type(error).__name__})") from error
    with client:
        yield client
