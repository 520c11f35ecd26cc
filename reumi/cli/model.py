"""`reumi model`: show, list, import and make models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.values import TEXT

if TYPE_CHECKING:
    from tagging.bundle import Bundle


@click.group()
def model() -> None:
    """Show, list, import and make models.

    Example: reumi model show
    """


@model.command()
@click.argument("folder", required=False, metavar="[BUNDLE]")
def show(folder: str | None) -> None:
    """What a model is made of and how it measured; without BUNDLE the one that ships with ReUmi.

    Example: reumi model show my-model
    """
    from tagging.bundle import DEFAULT_FOLDER, open_bundle

    for line in describe(open_bundle(folder or DEFAULT_FOLDER)):
        click.echo(line)


@model.command("list")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False))
def list_(folder: Path) -> None:
    """All models below a folder, and the one that ships with ReUmi.

    Hidden folders and installed packages are passed over: what lies there is no model of yours.

    Example: reumi model list models/
    """
    from tagging.bundle import CONFIG, DEFAULT_FOLDER, open_bundle
    from tagging.errors import TaggingError

    # One place may be met under several names; each model is listed once, under the first of them.
    found = [DEFAULT_FOLDER, *sorted(path.parent for path in folder.rglob(CONFIG) if not _elsewhere(path.relative_to(folder)))]
    places: dict[Path, Path] = {}
    for place in found:
        places.setdefault(place.resolve(), place)
    for place in places.values():
        try:
            bundle = open_bundle(place)
        except TaggingError as error:
            if "no ReUmi model" not in str(error) and "does not describe" not in str(error):
                click.echo(str(error))
            continue
        click.echo(f"{bundle.fingerprint[:12]}  {bundle.kind:<8} {bundle.name:<20} {place}")


def _elsewhere(path: Path) -> bool:
    """Whether a path lies in a hidden folder or among installed packages."""
    return any(part.startswith(".") or part in ("site-packages", "dist-packages") for part in path.parts)


@model.command("import")
@click.argument("file", metavar="FILE.pt", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="BUNDLE", type=click.Path(path_type=Path, file_okay=False), help="Model folder to write."
)
@click.option(
    "--tokenizer", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder with KoBERT's vocabulary (spiece.model)."
)
@click.option("--int8/--fp32", default=True, show_default=True, help="Precision of the graph that is run.")
def import_(file: Path, output: Path, tokenizer: Path, int8: bool) -> None:
    """Read the original project's checkpoints (state dicts) into a model folder.

    Example: reumi model import model_state.pt --tokenizer kobert/ -o reumi-2023
    """
    from tagging.importing import import_checkpoint

    for line in describe(import_checkpoint(file, tokenizer, output, int8=int8)):
        click.echo(line)


@model.command()
@click.argument("base", metavar="NAME|DIR")
@click.option(
    "-o", "--output", required=True, metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), help="Encoder folder to write."
)
@click.option("--prefix", type=TEXT, default="query: ", show_default=True, help="What the encoder wants before every text.")
def encoder(base: str, output: Path, prefix: str) -> None:
    """Make a sentence encoder that finds songs by subject, from a pretrained one such as multilingual-e5-small.

    It is optional: name its folder in REUMI_ENCODER, and `reumi index` reads every lyric with it.

    \b
    Example: reumi model encoder intfloat/multilingual-e5-small -o e5
             REUMI_ENCODER=e5 reumi recommend "오늘은 괜히 눈물이 났다"
    """
    from tagging.encoder_making import make_encoder

    made = make_encoder(base, output, prefix=prefix)
    click.echo(f"Wrote {output} ({made.width} dimensions, fingerprint {made.fingerprint[:12]}); use it by REUMI_ENCODER={output}")


@model.command()
@click.argument("folder", metavar="BUNDLE")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def evaluate(context: click.Context, folder: str, source: Path) -> None:
    """Measure a model on labelled sentences; the same as `reumi evaluate --model BUNDLE FILE`.

    Example: reumi model evaluate my-model labelled.tsv
    """
    from reumi.cli.evaluate import evaluate as measure

    context.invoke(measure, source=source, model=folder, diaries=False, json_file=None, picture=None)


def describe(bundle: Bundle) -> Iterator[str]:
    """A bundle in a few lines."""
    size = sum(path.stat().st_size for path in bundle.folder.rglob("*") if path.is_file())
    yield f"name         {bundle.name}"
    yield f"kind         {' + '.join(f'{kind} {weight:g}' for kind, weight in bundle.parts.items())}"
    yield f"fingerprint  {bundle.fingerprint}"
    yield f"temperature  {bundle.temperature:g}"
    yield f"size         {size / 1e6:.1f} MB in {bundle.folder}"
    for corpus, found in bundle.metrics.get("test", {}).items():
        measures = ", ".join(f"{name} {found[name]:.3f}" for name in ("accuracy", "macro_f1", "ece"))
        yield f"measured     {corpus}: n {found['n']}, {measures}"
