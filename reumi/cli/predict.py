"""`reumi predict`: the emotion of text, a line at a time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from reumi.cli.options import model_option
from reumi.cli.texts import text_lines

if TYPE_CHECKING:
    from tagging.classifier import Classifier, Probabilities

# Lines read together: enough to fill the model's batches, few enough that a pipe's reader sees answers soon.
_TOGETHER = 256
Numbered = tuple[int, str]


@click.command()
@click.argument("source", metavar="[FILE|-]", required=False, type=click.Path(allow_dash=True, dir_okay=False))
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text: its line number, emotion, and all seven probabilities.")
def predict(source: str | None, model: str, as_json: bool) -> None:
    """Read the emotion of text, one text a line.

    FILE holds a text a line, in UTF-8; - or a pipe is read from standard input. An empty line has no feeling: it stays an empty
    line, and gets no JSON object. On a terminal without FILE: type a sentence, read its emotion, 0 ends.

    \b
    Example: echo "오늘은 괜히 눈물이 났다" | reumi predict
             reumi predict --json lines.txt
    """
    from tagging.bundle import load_classifier

    classifier = load_classifier(model or None)
    if source is None and sys.stdin.isatty():
        _converse(classifier, as_json)
        return
    source = source or "-"
    with _opened(source) as stream:
        numbered = enumerate(text_lines(stream, "standard input" if source == "-" else source), start=1)
        for batch in _batches(numbered):
            for line in _answers(batch, classifier, as_json):
                click.echo(line)


def _opened(source: str) -> BinaryIO:
    try:
        return cast("BinaryIO", click.open_file(source, "rb"))
    except OSError as error:
        hint = f"{error.strerror}: {source!r}; to read a sentence: echo {source!r} | reumi predict"
        raise click.BadParameter(hint, param_hint="FILE") from error


def _converse(classifier: Classifier, as_json: bool) -> None:
    click.echo("문장을 적으면 감정을 읽어 드립니다. 0을 적으면 끝납니다.")
    for number in count(1):
        try:
            text = input("> ")
        except EOFError:
            return
        if text.strip() == "0":
            return
        if text.strip():
            click.echo(_answer(text, classifier.predict_proba([text])[0], as_json, number))


def _answers(batch: list[Numbered], classifier: Classifier, as_json: bool) -> Iterator[str]:
    """A line for each text; an empty one answers an empty one, so that answers and texts stay side by side."""
    rows = iter(classifier.predict_proba([text for _, text in batch if text.strip()]))
    for number, text in batch:
        if text.strip():
            yield _answer(text, next(rows), as_json, number)
        elif not as_json:
            yield ""


def _batches(lines: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, _TOGETHER)):
        yield batch


def _answer(text: str, row: Probabilities, as_json: bool, number: int) -> str:
    from tagging.emotions import LABELS

    emotion = LABELS[int(row.argmax())]
    shares = {label: round(float(share), 6) for label, share in zip(LABELS, row, strict=True)}
    if as_json:
        return json.dumps({"line": number, "emotion": emotion, "probabilities": shares}, ensure_ascii=False)
    return f"{emotion} {shares[emotion]:.0%}\t{text}"
