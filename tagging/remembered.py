"""A model that remembers what it read last: a diary is read once, however often other songs are looked for, or a sentence is added."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from tagging.classifier import Classifier, Probabilities

MOST_REMEMBERED = 1024


class Remembered:
    """Answers as the classifier behind it; of the last `most` texts it keeps the probabilities and a digest, never the text."""

    def __init__(self, classifier: Classifier, most: int = MOST_REMEMBERED) -> None:
        self._classifier = classifier
        self._most = most
        self._known: OrderedDict[bytes, Probabilities] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """That of the classifier behind it."""
        return self._classifier.fingerprint

    def predict_proba(self, lines: Sequence[str]) -> Probabilities:
        """See `Classifier.predict_proba`."""
        if not lines:
            return self._classifier.predict_proba([])
        names = [digest_of(line) for line in lines]
        with self._lock:
            found = {name: self._known[name] for name in names if name in self._known}
        unread = {name: line for name, line in zip(names, lines, strict=True) if name not in found}
        if unread:
            read = self._classifier.predict_proba(list(unread.values()))
            found |= dict(zip(unread, read, strict=True))
        self._remember(found)
        return np.stack([found[name] for name in names])

    def _remember(self, found: dict[bytes, Probabilities]) -> None:
        with self._lock:
            for name, row in found.items():
                self._known[name] = row
                self._known.move_to_end(name)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def digest_of(line: str) -> bytes:
    """A short name for a text that does not tell it: 16 bytes of BLAKE2b; half surrogate pairs are taken as they are."""
    return hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=16).digest()
