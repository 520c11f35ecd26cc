"""`reumi recommend`: songs that fit a diary entry."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from reumi.cli.options import database_option, model_option
from reumi.cli.texts import text_lines
from reumi.cli.values import MOST, TEXT
from reumi.entry import check_length, notice
from reumi.settings import Settings

if TYPE_CHECKING:
    from recommender.results import Recommendation
    from recommender.service import Recommender

EMOTIONS = ("행복", "놀람", "분노", "공포", "혐오", "슬픔", "중립")


@click.command()
@click.argument("text", required=False, type=TEXT)
@click.option("-k", "--songs", "k", type=click.IntRange(1, 100), default=3, show_default=True, help="Number of songs.")
@click.option(
    "--mode",
    type=click.Choice(["match", "lift"]),
    default="match",
    show_default=True,
    help="match shares the mood (공감), lift changes it (기분 전환).",
)
@click.option("--emotion", type=click.Choice(EMOTIONS), help="Choose the feeling by hand instead of reading it.")
@click.option("--genre", "genres", multiple=True, type=TEXT, help="Only this genre; may be given several times.")
@click.option("--era", type=TEXT, help="Release years: 2010s, 2015 or 1996-2005.")
@click.option("--min-likes", type=click.IntRange(0, MOST), default=0, help="Only songs with at least this many likes.")
@click.option("--exclude", multiple=True, type=TEXT, metavar="SONG_ID", help="Leave this song out; may be given several times.")
@click.option("--seed", type=int, help="Another choice among songs that fit about equally; the same seed, the same songs.")
@click.option("--scorer", type=click.Choice(["blend", "original"]), default="blend", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@model_option
@database_option
def recommend(
    text: str | None,
    k: int,
    mode: str,
    emotion: str | None,
    genres: tuple[str, ...],
    era: str | None,
    min_likes: int,
    exclude: tuple[str, ...],
    seed: int | None,
    scorer: str,
    as_json: bool,
    model: str,
    database_url: str,
) -> None:
    """Recommend songs that fit TEXT, a diary entry in Korean; `-` or a pipe is read from standard input.

    \b
    Example: reumi recommend "오늘은 괜히 눈물이 났다" -k 3
             reumi recommend --mode lift --genre 인디 < diary.txt
    """
    from recommender.query import Mode, Wish
    from scraper.site import genre as resolve_genre
    from tagging.emotions import Emotion

    wish = Wish(
        mode=Mode(mode),
        emotion=Emotion(emotion) if emotion else None,
        genres=frozenset(resolve_genre(name).name for name in genres),
        years=parse_era(era) if era else None,
        min_likes=min_likes,
        exclude=frozenset(exclude),
        seed=seed,
    )
    diary = _diary(text)
    recommender = _recommender(model, database_url)
    answer = recommender.recommend(diary, k, wish, scorer=scorer)
    click.echo(json.dumps(answer.as_dict(), ensure_ascii=False) if as_json else as_text(answer))
    said = notice(diary)
    if said is not None:
        click.echo(said, err=True)


def _diary(text: str | None) -> str:
    """The entry itself, read from standard input where it is `-` or not given. Raises DiaryTooLong or TextUnreadable."""
    if text is None and sys.stdin.isatty():
        raise click.UsageError('there is no diary entry: write it in quotes, reumi recommend "오늘은 괜히 눈물이 났다", or pipe it')
    if text is None or text == "-":
        text = "\n".join(text_lines(sys.stdin.buffer, "standard input"))
    check_length(text)
    return text


def _recommender(model: str, database_url: str) -> Recommender:
    from recommender.service import Recommender
    from reumi.encoder import encoder_of
    from tagging.bundle import load_classifier

    settings = Settings.load()
    classifier = load_classifier(model or None)
    return Recommender.open(database_url, index_dir=settings.index_dir or None, classifier=classifier, encoder=encoder_of(settings))


def parse_era(text: str) -> tuple[int, int]:
    """`2010s`, `2015` or `1996-2005` as an inclusive span of years."""
    first, _, last = text.removesuffix("s").partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise click.UsageError(f"--era takes 2010s, 2015 or 1996-2005, not {text!r}") from None
    return (low, low + 9) if text.endswith("s") and not last else (low, high)


def as_text(answer: Recommendation) -> str:
    """The answer as a person reads it in a terminal."""
    shares = sorted(answer.probabilities.items(), key=lambda item: -item[1])
    feelings = " · ".join(f"{label} {share:.0%}" for label, share in shares if share >= 0.05)
    lines = [f"오늘의 마음: {answer.emotion}  ({feelings})"]
    for place, song in enumerate(answer.songs, start=1):
        likes = f" · ♥ {song.likes:,}" if song.likes is not None else ""
        album = f" 〈{song.album}〉" if song.album else ""
        lines.append(f"\n{place}. {song.title} — {song.artist}{album}")
        lines.append(f"   {song.genre or '장르 모름'} · {song.emotion}{likes} · 점수 {song.score:.2f}")
        lines.extend(f"   - {reason}" for reason in song.reasons)
    return "\n".join(lines)
