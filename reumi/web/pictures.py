"""The data page's pictures (Vega-Altair, which Streamlit brings along)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from reumi.web.artwork import COLOURS, INK
from storage.catalog import LikeObservation, RankObservation
from storage.genre_feelings import GenreFeeling
from tagging.emotions import LABELS

_FONT = "NanumBarunGothic, NanumGothic, Apple SD Gothic Neo, Malgun Gothic, Noto Sans KR, sans-serif"
_NO_GENRE = "장르 없음"
_ROSE = "#8a5a4c"
# Midnights by their date, what lies between them by its time: observations of one day are no row of equal dates.
_MOMENT = "timeFormat(datum.value, seconds(datum.value) ? '%H:%M:%S' : hours(datum.value) || minutes(datum.value) ? '%H:%M' : '%m.%d')"
_TIME = alt.X("때:T", title=None, axis=alt.Axis(labelExpr=_MOMENT, labelOverlap=True))
_EMOTIONS = alt.Scale(domain=list(LABELS), range=[COLOURS[label] for label in LABELS])


def layers(rows: Sequence[GenreFeeling]) -> Any:
    """How many songs of each genre sing of which emotion, as bars in layers."""
    frame = pd.DataFrame(
        {"장르": row.genre or _NO_GENRE, "감정": row.emotion, "곡": row.songs, "층": LABELS.index(row.emotion)} for row in rows
    )
    bars = alt.Chart(frame, description="장르마다 감정별 노래 수").mark_bar(stroke=INK, strokeWidth=0.8, cornerRadius=3)
    return _dressed(
        bars.encode(
            y=alt.Y("장르:N", sort="-x", title=None),
            x=alt.X("sum(곡):Q", title="노래 수"),
            color=alt.Color("감정:N", scale=_EMOTIONS, title=None, legend=alt.Legend(orient="top", columns=4, symbolStrokeColor=INK)),
            order=alt.Order("층:Q"),
            tooltip=["장르:N", "감정:N", alt.Tooltip("곡:Q", format=",")],
        ),
        height=300,
    )


def profiles(rows: Sequence[GenreFeeling]) -> Any:
    """The mean share of each emotion in each genre, as a grid of tiles."""
    cells: list[dict[str, Any]] = []
    for genre in dict.fromkeys(row.genre for row in rows):
        own = [row for row in rows if row.genre == genre]
        total = sum(row.songs for row in own)
        for place, label in enumerate(LABELS):
            share = sum(row.probabilities[place] * row.songs for row in own) / total
            cells.append({"장르": genre or _NO_GENRE, "감정": label, "비율": share})
    base = alt.Chart(pd.DataFrame(cells), description="장르마다 일곱 감정의 평균 비율").encode(
        x=alt.X("감정:N", sort=list(LABELS), title=None, axis=alt.Axis(labelAngle=0, orient="top")), y=alt.Y("장르:N", title=None)
    )
    tiles = base.mark_rect(stroke="#fbf6ee", strokeWidth=3, cornerRadius=6).encode(
        color=alt.Color("비율:Q", scale=alt.Scale(range=["#f8efe4", "#c98f86", "#7d4f43"]), legend=None),
        tooltip=["장르:N", "감정:N", alt.Tooltip("비율:Q", format=".0%")],
    )
    dark = alt.datum["비율"] > 0.75 * max(cell["비율"] for cell in cells)
    text = base.mark_text(fontSize=13).encode(
        text=alt.Text("비율:Q", format=".0%"), color=alt.condition(dark, alt.value("#fffaf3"), alt.value("#3d302a"))
    )
    return _dressed(tiles + text, height=300)


def likes_line(seen: Sequence[LikeObservation]) -> Any:
    """A song's likes over time."""
    frame = pd.DataFrame({"때": [item.observed_at for item in seen], "좋아요": [item.likes for item in seen]})
    line = alt.Chart(frame, description="좋아요 수의 변화").mark_line(
        color=_ROSE, strokeWidth=3, point={"filled": True, "size": 70, "color": _ROSE}
    )
    return _dressed(
        line.encode(
            x=_TIME,
            y=alt.Y(
                "좋아요:Q", title="좋아요", scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(format=",d", tickCount=5, tickMinStep=1)
            ),
            tooltip=[alt.Tooltip("때:T", format="%Y-%m-%d %H:%M"), alt.Tooltip("좋아요:Q", format=",")],
        ),
        height=240,
    )


def ranks_line(seen: Sequence[RankObservation], title_of: Callable[[str], str]) -> Any:
    """A song's places on its lists over time; the first place is on top."""
    frame = pd.DataFrame(
        {
            "때": [item.observed_at for item in seen],
            "순위": [item.rank for item in seen],
            "목록": [title_of(item.list_name) for item in seen],
        }
    )
    line = alt.Chart(frame, description="순위의 변화").mark_line(strokeWidth=3, point={"filled": True, "size": 70})
    tones = ["#8f3d36", "#496a94", "#6a7a48", "#7f6a9c", "#a8642f", "#5f4b41"]
    return _dressed(
        line.encode(
            x=_TIME,
            y=alt.Y(
                "순위:Q",
                title="순위",
                scale=alt.Scale(reverse=True, zero=False, nice=False, padding=8),
                axis=alt.Axis(format="d", tickMinStep=1, labelExpr="datum.value < 1 ? '' : datum.label"),
            ),
            color=alt.Color("목록:N", title=None, scale=alt.Scale(range=tones), legend=alt.Legend(orient="top", columns=2, labelLimit=240)),
            tooltip=[alt.Tooltip("때:T", format="%Y-%m-%d %H:%M"), "목록:N", "순위:Q"],
        ),
        height=240,
    )


def _dressed(chart: Any, height: int) -> Any:
    quiet = {"labelColor": "#3d302a", "titleColor": "#3d302a", "gridColor": "#dcc8b7", "domainColor": INK, "tickColor": INK}
    return (
        chart.properties(height=height, background="transparent")
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=13, titleFontSize=13, **quiet)
        .configure_legend(labelFontSize=13, labelColor="#3d302a")
    )
