"""The linear model at work: hashed character n-grams, TF-IDF, softmax regression; numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS
from tagging.ngrams import hashed_ngrams

FILE = "linear.safetensors"


class LinearModel:
    """Logits of a softmax regression over L2-normalised binary TF-IDF n-grams.

    `weights` (buckets, 7) and `idf` (buckets,) may be float16; `bias` is (7,). Sums run in float32.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._weights, self._idf = tensors["weights"], tensors["idf"]
        self._bias = tensors["bias"].astype(np.float32)
        buckets = self._idf.shape[0]
        if self._weights.shape != (buckets, N_LABELS) or self._bias.shape != (N_LABELS,) or buckets & (buckets - 1):
            raise ValueError("the linear weights have an unexpected shape")

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 7) for texts; an unknown text gets the bias."""
        features, owners = hashed_ngrams(texts, self._idf.shape[0])
        idf = self._idf[features].astype(np.float32)
        norms = np.sqrt(np.bincount(owners, weights=idf * idf, minlength=len(texts)))
        shares = idf / np.maximum(norms, 1e-9)[owners].astype(np.float32)
        added = self._weights[features].astype(np.float32) * shares[:, None]
        columns = [np.bincount(owners, weights=added[:, label], minlength=len(texts)) for label in range(N_LABELS)]
        logits: NDArray[np.float32] = (np.stack(columns, axis=1) + self._bias).astype(np.float32)
        return logits
