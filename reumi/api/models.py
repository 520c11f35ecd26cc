"""What callers send, and what they get beside the types that `recommender` and `storage` already have."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from recommender.query import Mode, Wish
from recommender.results import Recommendation
from reumi.entry import LONGEST_DIARY, check_length, notice
from reumi.errors import DiaryTooLong
from scraper.errors import BadRequest
from scraper.site import SEVEN_GENRES
from scraper.site import genre as resolve_genre
from storage.catalog import LikeObservation, RankObservation, SongView
from tagging.emotions import LABELS, Emotion

MOST_EXCLUDED = 1_000
DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다."


def _short_enough(text: str) -> str:
    """Refuse a diary that is too long in the words of the command line."""
    try:
        check_length(text)
    except DiaryTooLong as error:
        raise PydanticCustomError("diary_too_long", "{sentence}", {"sentence": str(error)}) from error
    return text


def _known_genre(name: str) -> str:
    """The genre's own name, in whichever spelling it was given. The refusal is the scraper's, without the caller's text."""
    try:
        return resolve_genre(name).name
    except BadRequest as error:
        known = ", ".join(genre.name for genre in SEVEN_GENRES)
        said = "there is no such genre; known: {known}, and the site's codes"
        raise PydanticCustomError("genre_unknown", said, {"known": known}) from error


Diary = Annotated[
    str, StringConstraints(min_length=1), AfterValidator(_short_enough), Field(json_schema_extra={"maxLength": LONGEST_DIARY})
]
SongId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
GenreName = Annotated[str, StringConstraints(max_length=40), AfterValidator(_known_genre)]
# No database can look for NUL.
SearchText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
Year = Annotated[int, Field(ge=1900, le=2100)]
Likes = Annotated[int, Field(ge=0, le=2_000_000_000)]


class EmotionsRequest(BaseModel):
    """A text to read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": DIARY}]})

    text: Diary


class RecommendationRequest(EmotionsRequest):
    """A diary entry, and what is wished for beside it; the fields of the Python API's `Wish`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": DIARY, "k": 3, "mode": "match"}, {"text": DIARY, "mode": "lift", "genres": ["인디"]}]},
    )

    k: Annotated[int, Field(ge=1, le=100, description="How many songs.")] = 3
    mode: Annotated[Mode, Field(description="`match` shares the mood, `lift` brightens it.")] = Mode.MATCH
    emotion: Annotated[Emotion | None, Field(description="Instead of the diary's own.")] = None
    genres: Annotated[list[GenreName], Field(max_length=30, description="Names or codes.")] = []
    years: Annotated[tuple[Year, Year] | None, Field(description="First and last release year.")] = None
    min_likes: Likes = 0
    exclude: Annotated[list[SongId], Field(max_length=MOST_EXCLUDED)] = []
    seed: Annotated[int | None, Field(ge=0, le=2**32 - 1, description="Another choice among songs that fit about equally.")] = None
    scorer: Literal["blend", "original"] = "blend"

    def wish(self) -> Wish:
        """The Python API's form."""
        return Wish(
            mode=self.mode,
            emotion=self.emotion,
            genres=frozenset(self.genres),
            years=self.years,
            min_likes=self.min_likes,
            exclude=frozenset(self.exclude),
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True)
class Answer(Recommendation):
    """The answer of the Python API, and in `notice` a gentle sentence where the diary holds little Korean to read."""

    notice: str | None = None

    @classmethod
    def to(cls, diary: str, answer: Recommendation) -> Answer:
        """The answer to this diary, as it is handed out."""
        return cls(**{part.name: getattr(answer, part.name) for part in fields(answer)}, notice=notice(diary))


class SentenceFeeling(BaseModel):
    """One sentence of the text: its main emotion, and its share of the whole reading (all shares sum to 1)."""

    text: str
    emotion: Emotion
    weight: float


class EmotionsAnswer(BaseModel):
    """The feeling of a text: main emotion, probabilities by label (sum 1), sentences, the model that read it, and perhaps a notice."""

    emotion: Emotion
    probabilities: dict[str, float]
    sentences: list[SentenceFeeling]
    model: Annotated[str, Field(description="Fingerprint: it changes whenever an answer could.")]
    notice: Annotated[str | None, Field(description="A gentle sentence where the text holds little Korean to read.")] = None


class SongSummary(BaseModel):
    """A song as lists show it. Lyrics are never handed out."""

    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    released: date | None
    image_url: str | None
    likes: int | None
    emotion: Emotion | None

    @classmethod
    def of(cls, song: SongView) -> SongSummary:
        """The summary of a stored song."""
        return cls(**_summary(song))


class SongPage(BaseModel):
    """A page of songs in the order of ids. `next` is the `after` of the page that follows; null on the last one."""

    songs: list[SongSummary]
    next: str | None


class SongFacts(SongSummary):
    """Everything known about a song, with its history, oldest first."""

    page_genres: list[str]
    lyrics_status: str
    lines: Annotated[int | None, Field(description="Lyric lines that were read for the emotion.")]
    line_counts: Annotated[dict[str, int] | None, Field(description="Lyric lines by emotion.")]
    probabilities: dict[str, float] | None
    first_seen: datetime
    last_seen: datetime
    tagged_at: datetime | None
    like_history: list[LikeObservation]
    rank_history: list[RankObservation]

    @classmethod
    def known(cls, song: SongView, likes: list[LikeObservation], ranks: list[RankObservation]) -> SongFacts:
        """A stored song with its observations."""
        return cls(
            **_summary(song),
            page_genres=song.page_genres,
            lyrics_status=song.lyrics_status,
            lines=song.n_lines,
            line_counts=dict(zip(LABELS, song.counts, strict=True)) if song.counts else None,
            probabilities=dict(zip(LABELS, song.probabilities, strict=True)) if song.probabilities else None,
            first_seen=song.first_seen,
            last_seen=song.last_seen,
            tagged_at=song.tagged_at,
            like_history=likes,
            rank_history=ranks,
        )


class Health(BaseModel):
    """Whether the service can answer: `ok`, or `degraded` with the reason."""

    status: Literal["ok", "degraded"]
    songs: int
    reason: str | None = None


class Mistake(BaseModel):
    """One thing wrong with a request: where, and what."""

    where: str
    problem: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Mistake] | None = None


def _summary(song: SongView) -> dict[str, Any]:
    facts = {name: getattr(song, name) for name in SongSummary.model_fields if name != "emotion"}
    return {**facts, "emotion": song.main_emotion or None}
