"""Lists of unwanted words (profanity, politics): a sentence that holds one is left out of a training set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagging.corpora.tables import decoded
from tagging.errors import CorpusRefused


@dataclass(frozen=True, slots=True)
class WordList:
    """Words, each found anywhere inside a sentence, spaces and case aside."""

    words: frozenset[str]

    @classmethod
    def load(cls, paths: Sequence[Path]) -> WordList:
        """One word a line; empty lines and lines that begin with # do not count. Raises CorpusRefused."""
        words: set[str] = set()
        for path in paths:
            if not path.is_file():
                raise CorpusRefused(path, "there is no such word list")
            words |= {_squeezed(line) for line in decoded(path).splitlines() if line.strip() and not line.startswith("#")}
        return cls(frozenset(words))

    def found_in(self, text: str) -> bool:
        """Whether the text holds any of the words."""
        if not self.words:
            return False
        squeezed = _squeezed(text)
        return any(word in squeezed for word in self.words)


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()
