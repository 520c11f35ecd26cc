"""Charts: what they cover, and ranks that move from one period to the next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reumi.replica.catalogue import Song
from reumi.replica.clock import EPOCH, SEOUL, draw, in_seoul, likes_at
from reumi.replica.genres import CHART_TOTALS
from reumi.replica.listings import release_date, released

CHART_LENGTH = 100


class BadPeriod(ValueError):
    """A period that is no date."""


@dataclass(frozen=True, slots=True)
class ChartKind:
    """A chart page: its path part, heading, and the menu id that its rows carry."""

    name: str
    path: str
    heading: str
    menu_id: str


CHARTS: dict[str, ChartKind] = {
    kind.path: kind
    for kind in (
        ChartKind("top100", "/chart/index.htm", "TOP100", "1000002721"),
        ChartKind("hot100", "/chart/hot100/index.htm", "HOT100", "1000002722"),
        ChartKind("day", "/chart/day/index.htm", "일간", "19040101"),
        ChartKind("week", "/chart/week/index.htm", "주간", "19041301"),
        ChartKind("month", "/chart/month/index.htm", "월간", "19041401"),
    )
}


@dataclass(frozen=True, slots=True)
class Period:
    """What a chart covers: first instant (Seoul) and the text that the page shows."""

    start: datetime
    shown: str

    @property
    def days(self) -> float:
        """Days since the epoch, the argument of every movement."""
        return (self.start - EPOCH).total_seconds() / 86_400


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A song on a chart. `change` is positive for a climb, None with `is_new` for an entry, None alone where the page shows nothing."""

    song: Song
    rank: int
    change: int | None
    is_new: bool


def period_of(kind: ChartKind, query: Mapping[str, str], now: datetime) -> Period:
    """The period that a request asks for, else the latest complete one. Raises BadPeriod."""
    try:
        return _PERIODS[kind.name](query, now)
    except ValueError as error:
        raise BadPeriod(str(error)) from error


def previous(kind: ChartKind, period: Period) -> Period:
    """The period before."""
    if kind.name in ("top100", "hot100"):
        return Period(period.start - timedelta(hours=1), "")
    if kind.name == "month":
        return Period((period.start - timedelta(days=1)).replace(day=1), "")
    return Period(period.start - timedelta(days=7 if kind.name == "week" else 1), "")


def chart_rows(kind: ChartKind, class_code: str, songs: Iterable[Song], period: Period) -> list[ChartRow]:
    """Up to 100 rows of a chart; none for a class without songs."""
    candidates = [song for song in songs if _belongs(song, class_code)]
    ranked = _ranked(kind, candidates, period)
    before = {song.song_id: rank for rank, song in enumerate(_ranked(kind, candidates, previous(kind, period)), start=1)}
    silent = kind.name == "top100" and period.start.hour in (1, 8)
    rows = []
    for rank, song in enumerate(ranked, start=1):
        earlier = before.get(song.song_id)
        change = None if silent or earlier is None else earlier - rank
        rows.append(ChartRow(song, rank, change, is_new=earlier is None and not silent))
    return rows


def _belongs(song: Song, class_code: str) -> bool:
    if class_code in CHART_TOTALS:
        return class_code != "AB0000" and not song.filler
    return song.genre_code == class_code


def _ranked(kind: ChartKind, songs: list[Song], period: Period) -> list[Song]:
    out = released(songs, period.start)
    scores = {song.song_id: _score(kind, song, period) for song in out}
    return sorted(out, key=lambda song: (-scores[song.song_id], song.song_id))[:CHART_LENGTH]


def _score(kind: ChartKind, song: Song, period: Period) -> float:
    days = period.days
    age = max(0, (period.start.date() - release_date(song)).days)
    level = math.log10(likes_at(song, period.start) + 10)
    recency = math.exp(-age / (20 if kind.name == "hot100" else 90))
    wave = 0.0
    # The hourly charts also breathe within a day; the long ones only drift.
    shortest = 0.4 if kind.name in ("top100", "hot100") else 4.0
    for step in range(3):
        length = shortest * (1 + 8 * draw(song.song_id, kind.name, step)) * (step + 1)
        wave += math.sin(2 * math.pi * (days / length + draw(song.song_id, kind.name, "phase", step)))
    return level + 1.5 * recency + 0.12 * wave


def _hour(query: Mapping[str, str], now: datetime) -> Period:
    text = query.get("dayTime", "")
    start = _moment(text, "%Y%m%d%H", 10) if text else in_seoul(now).replace(minute=0, second=0, microsecond=0)
    return Period(start, f"{start:%Y.%m.%d %H:00}")


def _day(query: Mapping[str, str], now: datetime) -> Period:
    text = query.get("rankDay", "")
    start = _moment(text, "%Y%m%d", 8) if text else _midnight(now) - timedelta(days=1)
    return Period(start, f"{start:%Y.%m.%d}")


def _week(query: Mapping[str, str], now: datetime) -> Period:
    text = query.get("startDay", "")
    start = _moment(text, "%Y%m%d", 8) if text else _midnight(now) - timedelta(days=in_seoul(now).weekday() + 7)
    return Period(start, f"{start:%Y.%m.%d} ~ {start + timedelta(days=6):%Y.%m.%d}")


def _month(query: Mapping[str, str], now: datetime) -> Period:
    text = query.get("rankMonth", "")
    start = _moment(text, "%Y%m", 6) if text else (_midnight(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    return Period(start, f"{start:%Y.%m}")


def _midnight(now: datetime) -> datetime:
    return in_seoul(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _moment(text: str, form: str, length: int) -> datetime:
    if len(text) != length:
        raise BadPeriod(f"{text!r} is not of the form {form}")
    return datetime.strptime(text, form).replace(tzinfo=SEOUL)


_PERIODS = {"top100": _hour, "hot100": _hour, "day": _day, "week": _week, "month": _month}
