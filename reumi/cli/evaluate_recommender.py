"""`reumi evaluate-recommender`: the recommender measured on judged diaries."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.settings import Settings

if TYPE_CHECKING:
    from recommender.embedding import Encoder
    from recommender.evaluation import Evaluation
    from recommender.judged import JudgedDiary
    from recommender.measures import Interval
    from recommender.rows import IndexableSong
    from tagging.classifier import Classifier


@click.command()
@click.option(
    "--judgements",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Judged diaries of your own [default: those of ReUmi].",
)
@click.option("--db", "database", metavar="URL", help="Rank this data set's songs [default: the demo songs, tagged now].")
@click.option(
    "--part",
    type=click.Choice(["held-out", "tuning", "all"]),
    help="Which diaries: the half that no weight was chosen on, the other, or all [default: held-out, all of your own].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate_recommender(judgements: Path | None, database: str | None, part: str | None, as_json: bool) -> None:
    """Measure the recommender on judged diaries, beside the original's way, a random song of the feeling, and the most liked songs.

    Intervals hold 95 % of 10,000 draws of the diaries; a difference is taken diary by diary.

    \b
    Example: reumi evaluate-recommender
             reumi evaluate-recommender --part all --json > measured.json
             reumi evaluate-recommender --judgements mine.jsonl --db reumi.db
    """
    from recommender.half_lyrics import half_lyric_recall
    from recommender.judged import DIARIES, held_out_half, read_judged, tuning_half
    from reumi.encoder import encoder_of
    from tagging.bundle import load_classifier
    from tagging.remembered import Remembered

    diaries: Sequence[JudgedDiary] = read_judged(judgements or DIARIES)
    part = part or ("all" if judgements else "held-out")
    if part != "all":
        diaries = held_out_half(diaries) if part == "held-out" else tuning_half(diaries)
    settings = Settings.load()
    # Several ways ask for the same diaries: none of them is to be forgotten.
    classifier = Remembered(load_classifier(settings.model or None), most=1_000_000)
    songs = _songs(database, classifier, only_judged=judgements is None)
    found = _evaluate(diaries, songs, classifier, encoder_of(settings))
    recall = half_lyric_recall(songs)
    if as_json:
        click.echo(json.dumps({**found.as_dict(), "half_lyric_recall@10": recall}, ensure_ascii=False, indent=1))
    else:
        click.echo(as_table(found, recall))


def _songs(database: str | None, classifier: Classifier, *, only_judged: bool) -> list[IndexableSong]:
    from recommender.errors import NoSongs
    from reumi.cli.demo_songs import demo_songs, is_judged
    from reumi.cli.options import database_url

    if database is None:
        return list(demo_songs(classifier))
    from storage.schema import open_for_reading
    from storage.snapshot import index_rows

    engine = open_for_reading(database_url(database))
    try:
        rows = [row for row in index_rows(engine, None) if row.main_emotion and (is_judged(row.song_id) or not only_judged)]
    finally:
        engine.dispose()
    if not rows:
        raise NoSongs(f"{database} holds no tagged song that is judged; crawl a replica and tag, or give your own --judgements")
    return list(rows)


def _evaluate(
    diaries: Sequence[JudgedDiary], songs: Sequence[IndexableSong], classifier: Classifier, encoder: Encoder | None
) -> Evaluation:
    from datetime import UTC, datetime

    from recommender.build import build
    from recommender.evaluation import evaluate
    from recommender.index import Index
    from recommender.rankers import all_rankers
    from recommender.service import Recommender

    with tempfile.TemporaryDirectory(prefix="reumi-") as folder:
        build(Path(folder), songs, "evaluation", datetime.now(UTC), encoder)
        index = Index.open(Path(folder))
        if index is None:
            raise AssertionError("an index that was just published can be opened")
        return evaluate(diaries, songs, all_rankers(songs, classifier, Recommender(index, classifier, encoder=encoder)))


def as_table(found: Evaluation, recall: dict[str, float]) -> str:
    """The figures as a person reads them."""
    from recommender.evaluation import MEASURES

    lines = [f"{found.diaries} diaries, {found.songs} songs, 95 % intervals", ""]
    lines.append(_row("", *MEASURES, "coverage", "diversity", "unmatched"))
    for way in found.ways:
        cells = [_interval(way.measures[name]) for name in MEASURES]
        lines.append(_row(way.name, *cells, f"{way.coverage:.2f}", f"{way.diversity:.2f}", str(way.unmatched)))
    lines += ["", _row("reumi less …", *MEASURES, "nDCG@3 ratio")]
    for other in found.comparisons:
        gains = [_interval(other.gains[name], "+.3f") for name in MEASURES]
        lines.append(_row(other.name, *gains, _interval(other.ratio, ".2f")))
    shares = ", ".join(f"{name} {share:.3f}" for name, share in recall.items())
    return "\n".join([*lines, "", f"the other half of a lyric among the first 10: {shares}"])


def _row(name: str, *cells: str) -> str:
    return f"{name:20}" + "".join(f"  {cell:>24}" for cell in cells)


def _interval(found: Interval, style: str = ".3f") -> str:
    return f"{found.value:{style}} ({found.low:{style}} to {found.high:{style}})"
