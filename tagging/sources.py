"""Several corpora, each labelled by rules of its own, in one model.

What is 중립 in a corpus of dialogues is 놀람 in another. So a model of several corpora learns which of them a sentence could be of together
with its label: it answers for every pair of corpus and label, and what counts in the end is p(label) = Σ p(corpus, label). A linear
model becomes a mixture of linear ones by that, and any model may follow each corpus where it knows its tone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tagging.corpora.sentences import Sentence
from tagging.emotions import LABELS, N_LABELS


def sources_of(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The corpora of a training set, in alphabetical order."""
    return tuple(sorted({sentence.source for sentence in sentences}))


def pair_ids(sentences: Sequence[Sentence], sources: Sequence[str]) -> NDArray[np.int64]:
    """Class ids of (corpus, label), int64 (n,): 7 times the corpus's place, plus the label's; a corpus not among `sources` is the first."""
    places = {source: place for place, source in enumerate(sources)}
    return np.array([N_LABELS * places.get(item.source, 0) + LABELS.index(item.label) for item in sentences], dtype=np.int64)


def merged(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (n, 7 k) of the pairs → logits (n, 7) of the labels: the logarithm of the summed exponentials."""
    if logits.shape[1] == N_LABELS:
        return logits
    pairs = logits.reshape(len(logits), -1, N_LABELS)
    largest = pairs.max(axis=1)
    summed: NDArray[np.float32] = largest + np.log(np.exp(pairs - largest[:, None]).sum(axis=1))
    return summed
