"""Corpora → one training set: read, clean, drop duplicates, split by groups of near-copies, balance. The same seed gives the same set."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagging.corpora.augment import balanced
from tagging.corpora.find import CorpusFile, find_corpora
from tagging.corpora.groups import groups_of, key_of
from tagging.corpora.kinds import Read, kinds
from tagging.corpora.sentences import Sentence
from tagging.corpora.words import WordList
from tagging.errors import CorpusRefused
from tagging.text import clean
from tagging.training_set import TrainingSet, label_counts

_REFUSED_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """What to build from and how.

    `corpora` limits the kinds by name (all when empty); `voice_label` is `situation` or `majority`; `fine` maps 감성 대화 by its 60 codes;
    `balance` lifts every label of the training side to that share of the commonest one (0 = not at all), using no sentence more than
    `most_copies` times; `word_lists` are files of words whose sentences are left out.
    """

    places: tuple[Path, ...]
    corpora: tuple[str, ...] = ()
    voice_label: str = "situation"
    fine: bool = False
    test_share: float = 0.2
    balance: float = 0.5
    most_copies: int = 2
    word_lists: tuple[Path, ...] = ()
    seed: int = 0


@dataclass(slots=True)
class FileReport:
    """One file's fate: rows used per label, rows refused with their line numbers and reasons."""

    path: Path
    kind: str
    title: str
    sha256: str
    used: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "file": self.path.name,
            "corpus": self.kind,
            "sha256": self.sha256,
            "rows": dict(self.used),
            "n_refused": len(self.refused),
            "refused": [{"line": line, "reason": reason} for line, reason in self.refused[:_REFUSED_SHOWN]],
        }


@dataclass(slots=True)
class BuildReport:
    """What a build did, for the screen and the manifest."""

    files: list[FileReport]
    passed: list[str]
    duplicates: int = 0
    conflicts: int = 0
    unwanted: int = 0
    groups: int = 0
    augmented: int = 0
    as_read: dict[str, int] = field(default_factory=dict)
    train: dict[str, int] = field(default_factory=dict)
    test: dict[str, int] = field(default_factory=dict)


def build(order: BuildOrder) -> tuple[TrainingSet, BuildReport]:
    """Build a training set. Raises CorpusRefused when nothing usable is found."""
    found, passed = find_corpora(order.places, kinds(voice_label=order.voice_label, fine=order.fine))
    report = BuildReport([], passed)
    words = WordList.load(order.word_lists)
    sentences = [
        sentence for file in found if not order.corpora or file.kind.name in order.corpora for sentence in _usable(file, words, report)
    ]
    if not sentences:
        raise CorpusRefused(order.places[0], "no AI Hub corpus with usable sentences was found there")
    report.as_read = label_counts(sentences)
    keys = [key_of(sentence.text) for sentence in sentences]
    groups = [f"g{number}" for number in groups_of(keys).tolist()]
    kept = _without_duplicates([Sentence(s.text, s.label, s.corpus, g) for s, g in zip(sentences, groups, strict=True)], keys, report)
    sides = _split(kept, order.test_share, order.seed)
    added = balanced(sides.train, share=order.balance, most=order.most_copies, rng=random.Random(f"{order.seed}-augment"))
    report.groups, report.augmented = len({sentence.group for sentence in kept}), len(added)
    result = TrainingSet((*sides.train, *added), sides.test)
    report.train, report.test = label_counts(result.train), label_counts(result.test)
    return result, report


def manifest_of(order: BuildOrder, report: BuildReport) -> dict[str, Any]:
    """What a set was built from, so that it can be built again."""
    return {
        "format": "reumi-training-set",
        "version": 1,
        "seed": order.seed,
        "options": {
            "corpora": list(order.corpora),
            "voice_label": order.voice_label,
            "fine": order.fine,
            "test_share": order.test_share,
            "balance": order.balance,
            "most_copies": order.most_copies,
            "word_lists": [path.name for path in order.word_lists],
        },
        "files": [file.as_dict() for file in report.files],
        "passed": report.passed,
        "duplicates": report.duplicates,
        "conflicting_labels": report.conflicts,
        "unwanted_words": report.unwanted,
        "groups": report.groups,
        "augmented": report.augmented,
        "labels": {"as_read": report.as_read, "train": report.train, "test": report.test},
    }


def _usable(file: CorpusFile, words: WordList, report: BuildReport) -> list[Sentence]:
    with file.path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    entry = FileReport(file.path, file.kind.name, file.kind.title, digest)
    report.files.append(entry)
    sentences = []
    for row in file.read():
        sentence = _sentence(row, file.kind.name, entry)
        if sentence is None:
            continue
        if words.found_in(sentence.text):
            report.unwanted += 1
            continue
        entry.used[sentence.label] += 1
        sentences.append(sentence)
    return sentences


def _sentence(row: Read, corpus: str, entry: FileReport) -> Sentence | None:
    text = clean(row.text)
    reason = row.refused or ("" if text else "no text")
    if reason:
        entry.refused.append((row.line, reason))
        return None
    return Sentence(text, row.label, corpus)


def _without_duplicates(sentences: Sequence[Sentence], keys: Sequence[str], report: BuildReport) -> list[Sentence]:
    """Of equal sentences the first one, with the label that most of them bear (the first such one in a tie)."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, sentence in zip(keys, sentences, strict=True):
        votes[key][sentence.label] += 1
    report.conflicts = sum(len(labels) > 1 for labels in votes.values())
    kept: dict[str, Sentence] = {}
    for key, sentence in zip(keys, sentences, strict=True):
        if key not in kept:
            kept[key] = Sentence(sentence.text, votes[key].most_common(1)[0][0], sentence.corpus, sentence.group)
    report.duplicates = len(sentences) - len(kept)
    return list(kept.values())


def _split(sentences: Sequence[Sentence], test_share: float, seed: int) -> TrainingSet:
    """Whole groups go to one side, drawn corpus by corpus so that each corpus gives its share."""
    members: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        members[sentence.group].append(sentence)
    by_corpus: defaultdict[str, list[str]] = defaultdict(list)
    for group, inside in members.items():
        by_corpus[inside[0].corpus].append(group)
    tested: set[str] = set()
    for corpus, groups in sorted(by_corpus.items()):
        random.Random(f"{seed}-{corpus}").shuffle(groups)
        wanted, taken = test_share * sum(len(members[group]) for group in groups), 0
        for group in groups:
            if taken >= wanted:
                break
            tested.add(group)
            taken += len(members[group])
    train = tuple(sentence for sentence in sentences if sentence.group not in tested)
    return TrainingSet(train, tuple(sentence for sentence in sentences if sentence.group in tested))
