"""Fits the linear model with scikit-learn: softmax regression on hashed n-grams, its temperature found on a held-out fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS
from tagging.ngrams import hashed_ngrams

Floats = NDArray[np.float32]


def fit_linear(
    texts: Sequence[str],
    classes: NDArray[np.int64],
    weights: Floats | None = None,
    *,
    buckets: int = 1 << 18,
    strength: float = 2.0,
    balance: float = 0.5,
) -> dict[str, NDArray[Any]]:
    """Tensors of a `LinearModel`, float16 where that costs nothing.

    `classes` (n,) are label ids, or those of pairs of corpus and label (`tagging.sources`); `weights` (n,) is each sentence's say.
    `balance` evens out the labels' say on top of it: 0 leaves them as they are, 1 makes them equal. `strength` is scikit-learn's C.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    features, owners = hashed_ngrams(texts, buckets)
    documents = np.bincount(features, minlength=buckets)
    idf = np.where(documents > 0, np.log((1 + len(texts)) / (1 + documents)) + 1.0, 0.0).astype(np.float16)
    values = idf[features].astype(np.float32)
    norms = np.sqrt(np.bincount(owners, weights=values * values, minlength=len(texts)))
    values /= np.maximum(norms, 1e-9)[owners].astype(np.float32)
    known = np.flatnonzero(documents)
    columns = np.searchsorted(known, features)
    matrix = sparse.csr_matrix((values, (owners, columns)), shape=(len(texts), known.size))
    labels = classes % N_LABELS
    say = np.ones(len(texts), dtype=np.float64) if weights is None else weights.astype(np.float64)
    totals = np.bincount(labels, weights=say, minlength=N_LABELS)
    say = say * ((say.sum() / N_LABELS / np.maximum(totals, 1e-9)) ** balance)[labels]
    # Stopped earlier the answer is a matter of luck: on 83,000 sentences its accuracy lay anywhere from 0.62 to 0.68.
    model = LogisticRegression(C=strength, max_iter=400, tol=1e-4).fit(matrix, classes, sample_weight=say)
    width = N_LABELS * (int(classes.max()) // N_LABELS + 1)
    full = np.zeros((buckets, width), dtype=np.float16)
    bias = np.full(width, -20.0, dtype=np.float32)  # what the set lacks is never answered
    slopes, starts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn gives the second one's odds alone
        slopes, starts = (np.concatenate([-odds, odds]) / 2 for odds in (slopes, starts))
    full[np.ix_(known, model.classes_)] = slopes.T
    bias[model.classes_] = starts
    return {"weights": full, "idf": idf, "bias": bias}
