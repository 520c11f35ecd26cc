"""`reumi evaluate`: measure a model on labelled sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.options import model_option
from reumi.errors import FileUnwritable

if TYPE_CHECKING:
    from tagging.classifier import Classifier, Probabilities
    from tagging.corpora.sentences import Sentence
    from tagging.scores import Scores


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@model_option
@click.option("--diaries", is_flag=True, help="Texts are whole diary entries: read them as `recommend` does.")
@click.option("--songs", is_flag=True, help="Texts are whole lyrics: name their main emotion as `tag` does.")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write all measures as JSON; - prints them.",
)
@click.option("--picture", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Draw the confusion matrix as PNG.")
def evaluate(source: Path, model: str, diaries: bool, songs: bool, json_file: Path | None, picture: Path | None) -> None:
    """Measure a model: accuracy, macro-F1, per label, confusion, calibration, 95 % bootstrap intervals.

    FILE is a training set (its test side counts), or rows `text<TAB>label`, or JSON lines with `text` and `emotion`.

    \b
    Example: reumi evaluate labelled.tsv
             reumi evaluate --songs lyrics.jsonl
             reumi evaluate --model my-model set.tsv --json measures.json --picture confusion.png
    """
    import numpy as np

    from tagging.bundle import DEFAULT_FOLDER, classifier_of, open_bundle
    from tagging.emotions import LABELS
    from tagging.labelled_file import read_labelled
    from tagging.scores import score
    from tagging.training_set import LEARNED, digest_of_texts

    if diaries and songs:
        raise click.UsageError("--diaries and --songs exclude each other: give the one that FILE holds")
    _require_places(json_file, picture)
    sentences = read_labelled(source)
    bundle = open_bundle(model or DEFAULT_FOLDER)
    classifier = classifier_of(bundle)
    if digest_of_texts(sentences) in bundle.metrics.get(LEARNED, []):
        click.echo(
            "reumi: this model was trained on these very sentences (--both-sides), so they do not tell how it reads others: "
            "measure one trained without that option",
            err=True,
        )
    probabilities = _read([sentence.text for sentence in sentences], classifier, diaries, songs)
    wanted = np.array([LABELS.index(sentence.label) for sentence in sentences])
    scores = score(probabilities, wanted)
    corpora = {}
    for corpus in _several(sentences):
        rows = np.array([sentence.corpus == corpus for sentence in sentences])
        corpora[corpus] = score(probabilities[rows], wanted[rows])
    _report(scores, corpora, json_file, picture)


def _read(texts: Sequence[str], classifier: Classifier, diaries: bool, songs: bool) -> Probabilities:
    """Probabilities (n, 7) of the texts as sentences, or as what they are; a lyric without a sung line is read as an empty sentence."""
    import numpy as np

    from tagging.diary import read_diary
    from tagging.lyrics import lyric_of
    from tagging.song import read_song

    if diaries:
        return np.stack([read_diary(text, classifier).probabilities for text in texts])
    if songs:
        lyrics = [lyric_of(text) for text in texts]
        read = classifier.predict_proba([part.text for lyric in lyrics for part in lyric.read])
        ends = np.cumsum([len(lyric.read) for lyric in lyrics])
        votes = [read_song(lyric, part).vote for lyric, part in zip(lyrics, np.split(read, ends[:-1]), strict=True)]
        empty = classifier.predict_proba([""])[0]
        return np.stack([vote if lyric.lines else empty for lyric, vote in zip(lyrics, votes, strict=True)])
    return classifier.predict_proba(texts)


def _require_places(json_file: Path | None, picture: Path | None) -> None:
    """Refuse before minutes of measuring what could not be written after them."""
    if json_file is not None and not json_file.parent.is_dir():
        raise click.BadParameter(f"the folder {json_file.parent} does not exist: make it first", param_hint="--json")
    if picture is not None:
        from reumi.cli.pictures import require_matplotlib

        require_matplotlib("evaluate --picture")


def _report(scores: Scores, corpora: dict[str, Scores], json_file: Path | None, picture: Path | None) -> None:
    found = {**scores.as_dict(), "corpora": {name: part.as_dict() for name, part in corpora.items()}}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if json_file == Path("-"):
        click.echo(text)
        return
    for line in as_table(scores, corpora):
        click.echo(line)
    if json_file is not None:
        try:
            json_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise FileUnwritable(json_file, error) from error
    if picture is not None:
        from reumi.cli.pictures import draw_confusion

        draw_confusion(scores.confusion.tolist(), picture)


def as_table(scores: Scores, corpora: dict[str, Scores]) -> Iterator[str]:
    """The measures as people read them."""
    low, high = scores.accuracy_interval
    yield f"{scores.n} sentences"
    yield f"accuracy  {scores.accuracy:.3f}  [{low:.3f}, {high:.3f}]"
    low, high = scores.macro_f1_interval
    yield f"macro-F1  {scores.macro_f1:.3f}  [{low:.3f}, {high:.3f}]"
    yield f"ECE       {scores.ece:.3f}"
    yield ""
    yield "label  precision  recall     F1  sentences"
    for item in scores.labels:
        yield f"{item.label}   {item.precision:>9.3f} {item.recall:>7.3f} {item.f1:>6.3f} {item.support:>10}"
    yield ""
    yield "confusion (rows: label, columns: answer)"
    yield "      " + "".join(f"{item.label:>5}" for item in scores.labels)
    for item, row in zip(scores.labels, scores.confusion.tolist(), strict=True):
        yield f"{item.label}  " + "".join(f"{count:>7}" for count in row)
    for name, part in corpora.items():
        yield f"{name:<14} n {part.n:>6}  accuracy {part.accuracy:.3f}  macro-F1 {part.macro_f1:.3f}  ECE {part.ece:.3f}"


def _several(sentences: Sequence[Sentence]) -> list[str]:
    corpora = sorted({sentence.corpus for sentence in sentences})
    return corpora if len(corpora) > 1 else []
