"""The linear model at work: hashed character n-grams, TF-IDF, softmax regression; numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS
from tagging.ngrams import hashed_ngrams
from tagging.sources import merged

FILE = "linear.safetensors"
# Texts whose n-grams are in memory at the same time.
_TOGETHER = 4096


class LinearModel:
    """Logits of a softmax regression over L2-normalised binary TF-IDF n-grams.

    `weights` (buckets, 7 k) and `idf` (buckets,) may be float16; `bias` is (7 k,), for the labels of k corpora (`tagging.sources`). Sums
    run in float32.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._weights, self._idf = tensors["weights"], tensors["idf"]
        self._bias = tensors["bias"].astype(np.float32)
        buckets, width = self._idf.shape[0], self._bias.size
        if self._weights.shape != (buckets, width) or not width or width % N_LABELS or buckets & (buckets - 1):
            raise ValueError("the linear weights have an unexpected shape")

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 7) for texts; an unknown text gets the bias."""
        parts = [self._logits(texts[start : start + _TOGETHER]) for start in range(0, len(texts), _TOGETHER)]
        return np.concatenate(parts) if parts else np.empty((0, N_LABELS), dtype=np.float32)

    def _logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        features, owners = hashed_ngrams(texts, self._idf.shape[0])
        idf = self._idf[features].astype(np.float32)
        norms = np.sqrt(np.bincount(owners, weights=idf * idf, minlength=len(texts)))
        shares = idf / np.maximum(norms, 1e-9)[owners].astype(np.float32)
        added = self._weights[features].astype(np.float32) * shares[:, None]
        columns = [np.bincount(owners, weights=added[:, label], minlength=len(texts)) for label in range(self._bias.size)]
        return merged((np.stack(columns, axis=1) + self._bias).astype(np.float32))
