"""A training set on disk: one TSV of sentences with their side of the split, and a manifest that tells where each came from."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagging.corpora.sentences import Sentence
from tagging.emotions import LABELS
from tagging.errors import CorpusRefused, TrainingRefused

HEADER = ("text", "label", "corpus", "group", "split")
TRAIN, TEST = "train", "test"
# Where a model's metrics hold the digests of the test sides that it was trained on: on those it cannot be measured.
LEARNED = "learned_test_sides"


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Sentences of both sides; no sentence or near-copy of one stands on both."""

    train: tuple[Sentence, ...]
    test: tuple[Sentence, ...]


def manifest_path(path: Path) -> Path:
    """Where the manifest of a set lies."""
    return path.with_name(path.name + ".manifest.json")


def write_set(path: Path, sentences: TrainingSet, manifest: Mapping[str, Any]) -> None:
    """Write the set and, beside it, its manifest."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(HEADER)
        for side, part in ((TRAIN, sentences.train), (TEST, sentences.test)):
            writer.writerows((item.text, item.label, item.corpus, item.group, side) for item in part)
    manifest_path(path).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_set(path: Path) -> TrainingSet:
    """Read a set. Raises CorpusRefused naming the line that is not one of a training set's."""
    sides: dict[str, list[Sentence]] = {TRAIN: [], TEST: []}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            if tuple(next(rows, ())) != HEADER:
                raise CorpusRefused(path, f"its first line is not {' '.join(HEADER)}: build it with `reumi dataset build`")
            for row in rows:
                if len(row) != len(HEADER) or row[1] not in LABELS or row[4] not in sides:
                    raise CorpusRefused(path, f"line {rows.line_num} is no row of a training set")
                sides[row[4]].append(Sentence(row[0], row[1], row[2], row[3]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusRefused(path, str(error)) from error
    return TrainingSet(tuple(sides[TRAIN]), tuple(sides[TEST]))


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest beside a set, None where there is none. Raises TrainingRefused for a file that is none."""
    place = manifest_path(path)
    if not place.is_file():
        return None
    try:
        manifest: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        # What the model's card, written only after all the training, will read of it.
        [(file["file"], file["corpus"], sum(file["rows"].values())) for file in manifest.get("files", [])]
        manifest.get("labels", {}).get("train", {}).items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TrainingRefused(f"{place} is no manifest that `reumi dataset build` wrote: build the set again or remove the file") from error
    return manifest


def label_counts(sentences: Sequence[Sentence]) -> dict[str, int]:
    """Sentences per label, all seven, in class-id order."""
    return {label: sum(sentence.label == label for sentence in sentences) for label in LABELS}


def digest_of_texts(sentences: Sequence[Sentence]) -> str:
    """A name for a side of a set, the same whatever the order of its sentences: SHA-256 in hexadecimal."""
    texts = sorted(sentence.text for sentence in sentences)
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
