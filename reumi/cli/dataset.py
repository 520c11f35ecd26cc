"""`reumi dataset`: build a training set from labelled corpora."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.values import Number
from reumi.errors import FileUnwritable

if TYPE_CHECKING:
    from tagging.dataset import BuildReport

# The original's label table over its 157,862 sentences.
ORIGINAL_COUNTS = {"행복": 12917, "놀람": 16425, "분노": 25680, "공포": 14662, "혐오": 4880, "슬픔": 36250, "중립": 47048}
_REFUSED_SHOWN = 3


@click.group()
def dataset() -> None:
    """Build a training set from labelled corpora.

    Example: reumi dataset build ~/aihub -o set.tsv
    """


@dataset.command()
@click.argument("places", nargs=-1, required=True, metavar="DIR…", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Training set to write."
)
@click.option(
    "--corpus", "corpora", multiple=True, type=click.Choice(["emotional", "voice", "dialogues", "single"]), help="Only this corpus."
)
@click.option(
    "--voice-label", type=click.Choice(["situation", "majority"]), default="situation", show_default=True, help="Voice data's label."
)
@click.option("--fine", is_flag=True, help="Map 감성 대화 by its 60 fine emotions instead of its 6 groups.")
@click.option("--test-share", type=Number(0.01, 0.9), default=0.2, show_default=True, help="Share held out for testing.")
@click.option(
    "--balance",
    type=Number(0, 1),
    default=0.5,
    show_default=True,
    help="Lift rare labels to this share of the commonest; 0: not.",
)
@click.option(
    "--without", "word_lists", multiple=True, metavar="FILE", type=click.Path(path_type=Path), help="Words whose sentences are left out."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same set.")
def build(
    places: tuple[Path, ...],
    output: Path,
    corpora: tuple[str, ...],
    voice_label: str,
    fine: bool,
    test_share: float,
    balance: float,
    word_lists: tuple[Path, ...],
    seed: int,
) -> None:
    """Find AI Hub's corpora in folders by their content, map them to the seven emotions, and split them by groups of near-copies.

    \b
    Example: reumi dataset build ~/aihub -o set.tsv
             reumi dataset build ~/aihub -o single.tsv --corpus single --balance 0
    """
    from tagging.dataset import BuildOrder, manifest_of
    from tagging.dataset import build as build_set
    from tagging.training_set import manifest_path, write_set

    order = BuildOrder(places, corpora, voice_label, fine, test_share, balance, word_lists=word_lists, seed=seed)
    sentences, report = build_set(order)
    try:
        write_set(output, sentences, manifest_of(order, report))
    except OSError as error:
        raise FileUnwritable(output, error) from error
    for line in summarise(report):
        click.echo(line)
    click.echo(f"Wrote {output} and {manifest_path(output).name}")


def summarise(report: BuildReport) -> Iterator[str]:
    """What was read, mapped and refused, and the label table beside the original's."""
    for file in report.files:
        yield f"{file.path.name}: {file.title}, {sum(file.used.values())} used, {len(file.refused)} refused"
        yield from (f"    line {line}: {reason}" for line, reason in file.refused[:_REFUSED_SHOWN])
        if len(file.refused) > _REFUSED_SHOWN:
            yield f"    … {len(file.refused) - _REFUSED_SHOWN} more in the manifest"
    yield from (f"passed over: {line}" for line in report.passed)
    unwanted = f", {report.unwanted} with unwanted words" if report.unwanted else ""
    yield f"Left out: {report.duplicates} repeated ({report.conflicts} sentences bore several labels: the commonest won){unwanted}"
    yield f"Split by {report.groups} groups of near-copies; {report.augmented} sentences added to the training side by augmentation"
    yield f"{'':<6}{'read':>9}{'train':>9}{'test':>9}{'original':>10}"
    for label, count in report.as_read.items():
        yield f"{label:<6}{count:>7}{report.train[label]:>9}{report.test[label]:>9}{ORIGINAL_COUNTS[label]:>10}"
    sums = [sum(table.values()) for table in (report.as_read, report.train, report.test, ORIGINAL_COUNTS)]
    yield f"{'합계':<6}{sums[0]:>7}{sums[1]:>9}{sums[2]:>9}{sums[3]:>10}"
