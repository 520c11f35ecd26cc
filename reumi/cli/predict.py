"""`reumi predict`: the emotion of text, a line at a time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tagging.classifier import Classifier, Probabilities

# Lines read together: enough to fill the model's batches, few enough that a pipe's reader sees answers soon.
_TOGETHER = 256


@click.command()
@click.argument("source", metavar="[FILE|-]", required=False, type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--model", metavar="PATH", help="Folder of the model [default: REUMI_MODEL, else the one that ships with ReUmi].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: emotion, and all seven probabilities.")
def predict(source: str | None, model: str | None, as_json: bool) -> None:
    """Read the emotion of text, one text a line.

    FILE holds a text a line; - or a pipe is read from standard input. On a terminal without FILE: type a sentence, read its
    emotion, 0 ends.

    \b
    Example: echo "오늘은 괜히 눈물이 났다" | reumi predict
             reumi predict --json lines.txt
    """
    from reumi.settings import Settings
    from tagging.bundle import load_classifier

    classifier = load_classifier(model or Settings.load().model or None)
    if source is None and sys.stdin.isatty():
        _converse(classifier, as_json)
        return
    with _opened(source or "-") as lines:
        for batch in _batches(line.rstrip("\r\n") for line in lines):
            for text, row in zip(batch, classifier.predict_proba(batch), strict=True):
                click.echo(_answer(text, row, as_json))


def _opened(source: str) -> IO[str]:
    try:
        return click.open_file(source, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        hint = f"{error.strerror}: {source!r}; to read a sentence: echo {source!r} | reumi predict"
        raise click.BadParameter(hint, param_hint="FILE") from error


def _converse(classifier: Classifier, as_json: bool) -> None:
    click.echo("문장을 적으면 감정을 읽어 드립니다. 0을 적으면 끝납니다.")
    while True:
        try:
            text = input("> ")
        except EOFError:
            return
        if text.strip() == "0":
            return
        if text.strip():
            click.echo(_answer(text, classifier.predict_proba([text])[0], as_json))


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, _TOGETHER)):
        yield batch


def _answer(text: str, row: Probabilities, as_json: bool) -> str:
    from tagging.emotions import LABELS

    emotion = LABELS[int(row.argmax())]
    shares = {label: round(float(share), 6) for label, share in zip(LABELS, row, strict=True)}
    if as_json:
        return json.dumps({"emotion": emotion, "probabilities": shares}, ensure_ascii=False)
    return f"{emotion} {shares[emotion]:.0%}\t{text}"
