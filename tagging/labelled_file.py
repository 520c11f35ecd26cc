"""Labelled sentences from any file that a person may have: a training set, TSV rows, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tagging.corpora.sentences import Sentence, read_tsv
from tagging.emotions import LABELS
from tagging.errors import CorpusRefused
from tagging.training_set import HEADER, read_set


def read_labelled(path: Path) -> list[Sentence]:
    """Sentences of a file: the test side of a training set, rows `text<TAB>label`, or JSON lines with `text` and `emotion` (or `label`).

    Raises CorpusRefused naming the line that does not fit, or for a file without sentences.
    """
    if path.suffix in (".jsonl", ".json"):
        found = list(_read_json_lines(path))
    elif _first_line(path).split("\t") == list(HEADER):
        found = list(read_set(path).test)
    else:
        found = list(read_tsv(path, path.stem))
    if not found:
        raise CorpusRefused(path, "it holds no labelled sentences")
    return found


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise CorpusRefused(path, "it is not UTF-8 text") from None


def _read_json_lines(path: Path) -> Iterator[Sentence]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            text, label = item["text"], item.get("emotion") or item["label"]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CorpusRefused(path, f"line {number} is no JSON object with text and emotion") from None
        if not isinstance(text, str) or label not in LABELS:
            raise CorpusRefused(path, f"line {number} has the emotion {label!r}, which is none of {', '.join(LABELS)}")
        yield Sentence(text, label, path.stem)
