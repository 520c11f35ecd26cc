"""A labelled sentence, and the project's own data set of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tagging.emotions import LABELS
from tagging.errors import CorpusRefused

AUGMENTED = "+augmented"
OWN_FOLDER = Path(__file__).parent.parent / "sentences"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its emotion.

    `corpus` names where it comes from, with `+augmented` after it for a sentence made from another; `group` ties sentences that must stand
    on one side of a split (a dialogue, a session); `weight` is how much it counts in training.
    """

    text: str
    label: str
    corpus: str
    group: str = ""
    weight: float = 1.0

    @property
    def source(self) -> str:
        """The corpus, whether the sentence was found there or made from one of it."""
        return self.corpus.removesuffix(AUGMENTED)


def read_own(kind: str, *, held_out: bool, folder: Path = OWN_FOLDER) -> Iterator[Sentence]:
    """The project's own sentences: `kind` is `diary` or `lyric`; `held_out` gives the part that nothing is ever trained on."""
    names = [f"heldout-{kind}.tsv"] if held_out else sorted(path.name for path in folder.glob(f"{kind}-*.tsv"))
    for name in names:
        path = folder / name
        if path.exists():
            yield from read_tsv(path, f"own-{kind}")


def read_whole(kind: str, *, held_out: bool, folder: Path = OWN_FOLDER) -> Iterator[Sentence]:
    """The project's own whole texts, each with its main emotion: `kind` is `diary` (entries) or `lyric` (verses and songs)."""
    path = folder / f"{'heldout-' if held_out else ''}whole-{kind}.jsonl"
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            yield Sentence(item["text"], item["emotion"], f"own-whole-{kind}")


def read_tsv(path: Path, corpus: str) -> Iterator[Sentence]:
    """Rows `text<TAB>label[<TAB>…]`, no header. Raises CorpusRefused at a row with another label."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if not row:
                continue
            if len(row) < 2 or row[1].strip() not in LABELS:
                raise CorpusRefused(path, f"line {number} is not text, tab, one of {', '.join(LABELS)}")
            yield Sentence(row[0], row[1].strip(), corpus)
