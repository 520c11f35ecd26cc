"""`reumi train`: a training set → a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reumi.cli.values import Number

if TYPE_CHECKING:
    from tagging.bundle import Bundle


@click.command()
@click.argument("training_set", metavar="SET", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o", "--output", required=True, metavar="BUNDLE", type=click.Path(path_type=Path, file_okay=False), help="Model folder to write."
)
@click.option("--kind", type=click.Choice(["linear", "encoder", "kobert"]), default="kobert", show_default=True, help="What to train.")
@click.option(
    "--base",
    default="",
    metavar="NAME|DIR",
    help="Pretrained model: a folder, a model trained earlier, or a hub name [default: skt/kobert-base-v1, for an encoder ReUmi's own].",
)
@click.option("--epochs", type=click.IntRange(min=1), help="Epochs [default: kobert 7, encoder 2].")
@click.option("--batch", type=click.IntRange(min=1), help="Sentences a step [default: 64].")
@click.option("--rate", type=Number(0, 1, min_open=True), help="Highest learning rate [default: kobert 3e-5, encoder 1.5e-4].")
@click.option("--length", type=click.IntRange(8, 512), help="Most tokens of a sentence [default: kobert 64, encoder 72].")
@click.option("--beside/--alone", default=None, help="Fit a linear model beside the network and mix both [default: beside an encoder].")
@click.option("--int8/--fp32", default=True, show_default=True, help="Precision of the graph that is run.")
@click.option("--bf16/--no-bf16", default=None, help="Train in bfloat16 where the machine can [default: the encoder only].")
@click.option(
    "--consistency",
    type=Number(0, 100),
    metavar="W",
    help="Read every sentence twice while training, under two dropouts, and weigh the answers' difference by W (R-Drop); 0 reads it "
    "once, in little over half the time [default: kobert 0, encoder 1].",
)
@click.option("--both-sides", is_flag=True, help="Train on the test side too: for the model to keep, once another run has measured it.")
@click.option("--class-weights", is_flag=True, help="Weigh the loss by how rare a label is.")
@click.option("--patience", type=click.IntRange(min=0), default=0, metavar="N", help="Stop after N epochs without a better macro-F1.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="The same seed gives the same curve.")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
def train(training_set: Path, output: Path, kind: str, base: str, **given: Any) -> None:
    """Train an emotion model on a set that `reumi dataset build` wrote.

    `linear` takes a minute or a few; `encoder` fine-tunes the small encoder that ships with ReUmi, or another (--base), about twelve
    minutes an epoch on two cores for 25,000 sentences; `kobert` is the original's model with the original's settings, and wants a GPU.

    \b
    Example: reumi train set.tsv -o my-model --kind linear
             reumi train set.tsv -o my-encoder --kind encoder
             reumi train set.tsv -o to-keep --kind encoder --both-sides
             reumi train set.tsv -o my-kobert --base skt/kobert-base-v1
    """
    from tagging.training import TrainOrder, held_out_of
    from tagging.training import train as train_model
    from tagging.training_set import read_manifest, read_set

    order = TrainOrder(
        kind=kind,
        output=output,
        base=base,
        options=_options(kind, given),
        beside=kind == "encoder" if given["beside"] is None else given["beside"],
        int8=given["int8"],
        both_sides=given["both_sides"],
        resume=given["resume"],
    )
    sentences = read_set(training_set)
    # What each epoch is measured on: where nothing is held out, the sentences set aside for calibration.
    watched = "test" if held_out_of(order, sentences) else "set aside"
    bundle = train_model(order, sentences, read_manifest(training_set), partial(_say_epoch, watched=watched))
    for line in summarise(bundle):
        click.echo(line)
    _draw(bundle, watched)


def _options(kind: str, given: dict[str, Any]) -> Any:
    from dataclasses import replace

    from tagging.fitting import FitOptions
    from tagging.training import DEFAULT_OPTIONS

    named = ("epochs", "batch", "rate", "length", "consistency", "bf16", "class_weights", "patience", "seed")
    changed = {name: given[name] for name in named if given[name] is not None}
    return replace(DEFAULT_OPTIONS.get(kind, FitOptions()), **changed)


def _say_epoch(row: Mapping[str, float], watched: str) -> None:
    sides = (
        f"{name} loss {row[f'{side}_loss']:.4f} accuracy {row[f'{side}_accuracy']:.4f} F1 {row[f'{side}_macro_f1']:.4f}"
        for side, name in (("train", "train"), ("test", watched))
    )
    click.echo(f"epoch {row['epoch']:g}: {' | '.join(sides)}")


def summarise(bundle: Bundle) -> Iterator[str]:
    """The measures on the test side, and what was written."""
    for corpus, found in bundle.metrics["test"].items():
        yield f"{corpus:<12} n {found['n']:>6}  accuracy {found['accuracy']:.3f}  macro-F1 {found['macro_f1']:.3f}  ECE {found['ece']:.3f}"
    parts = " + ".join(f"{kind} {weight:g}" for kind, weight in bundle.parts.items())
    yield f"Wrote {bundle.folder} ({parts}, temperature {bundle.temperature:g}, fingerprint {bundle.fingerprint[:12]})"


def _draw(bundle: Bundle, watched: str) -> None:
    """Curves and confusion matrix beside the bundle; where matplotlib is not installed, a line that says so. Raises FileUnwritable."""
    from reumi.cli.pictures import draw_confusion, draw_history, require_matplotlib
    from reumi.errors import MissingExtra

    try:
        require_matplotlib("train")
    except MissingExtra as missing:
        click.echo(f"No pictures were drawn: matplotlib is not installed; pip install 'reumi[{missing.extra}]' brings it.")
        return
    folder = bundle.folder.with_name(f"{bundle.folder.name}-pictures")
    if bundle.metrics["history"]:
        draw_history(bundle.metrics["history"], folder / "curves.png", watched)
    if bundle.metrics["test"]:
        draw_confusion(bundle.metrics["test"]["all"]["confusion"]["rows"], folder / "confusion.png")
