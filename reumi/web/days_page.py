"""The second page: days that were written down, with their feelings and songs."""

from __future__ import annotations

from calendar import Calendar, monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from reumi.errors import DiaryUnreadable
from reumi.web.cards import advice_card, cake_picture, title_link
from reumi.web.diary_box import store
from reumi.web.diary_store import DiaryEntry, DiaryStore
from reumi.web.trouble import Advice, advice_on
from reumi.web.words import feeling
from tagging.emotions import LABELS

WEEKDAYS = "일월화수목금토"
_SHARED = Advice(
    "여럿이 쓰는 화면이에요",
    "다른 컴퓨터에서도 열 수 있는 화면에서는 일기를 저장하지 않아요. 내 컴퓨터에서 `reumi web`으로 열면 쓸 수 있어요.",
)
_NOTHING = Advice(
    "아직 간직한 일기가 없어요",
    "‘감정일기’에서 ‘이 컴퓨터에 일기 간직하기’를 켜고 일기를 기록하면, 그날의 마음과 노래가 여기 달력에 남아요.",
)


def show() -> None:
    """Draw the page."""
    st.html('<h2 class="bar" lang="ko">지난 일기</h2>')
    diary = store()
    if diary is None:
        st.html(advice_card(_SHARED))
        return
    try:
        _diary(diary)
    except DiaryUnreadable as error:
        st.html(advice_card(advice_on(error), str(error)))


def _diary(diary: DiaryStore) -> None:
    entries = diary.entries()
    if not entries:
        st.html(advice_card(_NOTHING))
        return
    first = _month(entries[0].written_at.date())
    days = diary.of_month(first)
    left, right = st.columns([56, 44], gap="large")
    with left:
        _turning(first)
        st.html(month_table(first, days))
        _month_in_short(days)
    with right:
        _day(diary, days)
    _whole(diary, len(entries))


def _month(newest: date) -> date:
    """First day of the month on view; to begin with that of the newest entry."""
    first: date = st.session_state.setdefault("month", newest.replace(day=1))
    return first


def _turning(first: date) -> None:
    with st.container(key="turning", horizontal=True, vertical_alignment="center"):
        st.button("이전 달", key="before", on_click=_turn, args=(first - timedelta(days=1),))
        st.html(f'<h3 class="month" lang="ko">{first.year}년 {first.month}월</h3>', width="content")
        st.button("다음 달", key="after", on_click=_turn, args=(first + timedelta(days=monthrange(first.year, first.month)[1]),))


def _turn(day: date) -> None:
    st.session_state["month"] = day.replace(day=1)
    st.session_state.pop("day", None)


def month_table(first: date, days: Mapping[date, Sequence[DiaryEntry]]) -> str:
    """A month as a table, Sunday first; a day with entries shows its newest one's emotion."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in WEEKDAYS)
    weeks = Calendar(firstweekday=6).monthdatescalendar(first.year, first.month)
    rows = "".join(f"<tr>{''.join(_cell(day, first, days.get(day, ())) for day in week)}</tr>" for week in weeks)
    caption = f"{first.year}년 {first.month}월의 마음 달력"
    return f'<table class="calendar" lang="ko"><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(day: date, first: date, entries: Sequence[DiaryEntry]) -> str:
    if day.month != first.month:
        return "<td></td>"
    if not entries:
        return f"<td><span>{day.day}</span></td>"
    emotion = entries[0].emotion
    more = f" <small>+{len(entries) - 1}</small>" if len(entries) > 1 else ""
    return f'<td class="written"><span>{day.day}</span><i class="dot e{_place(emotion)}"></i><em>{escape(emotion)}{more}</em></td>'


def _place(emotion: str) -> int:
    return LABELS.index(emotion) if emotion in LABELS else len(LABELS) - 1


def _month_in_short(days: Mapping[date, Sequence[DiaryEntry]]) -> None:
    entries = [entry for day in days.values() for entry in day]
    if not entries:
        return
    mean = {label: sum(entry.probabilities.get(label, 0.0) for entry in entries) / len(entries) for label in LABELS}
    written = f"{len(days)}일 동안 {len(entries)}편의 일기를 적었어요."
    st.html(
        f'<section class="reading" lang="ko"><div class="cake">{cake_picture(mean, "이달의 마음 케이크")}</div>'
        f'<div class="said"><h3>이달의 마음은 {feeling(mean)}</h3><p>{written}</p></div></section>'
    )


def _day(diary: DiaryStore, days: Mapping[date, Sequence[DiaryEntry]]) -> None:
    if not days:
        st.html('<p class="invitation" lang="ko">이 달에는 적은 일기가 없어요.</p>')
        return
    order = sorted(days)
    chosen = st.pills("어느 날을 펼쳐 볼까요?", order, default=order[-1], format_func=lambda day: f"{day.day}일", key="day") or order[-1]
    for entry in days[chosen]:
        st.html(entry_card(entry))
        with st.popover("이 일기 지우기", key=f"ask-{entry.entry_id}"):
            st.html('<p lang="ko">지우면 되돌릴 수 없어요.</p>')
            st.button("네, 지울게요", key=f"delete-{entry.entry_id}", on_click=diary.delete, args=(entry.entry_id,))


def entry_card(entry: DiaryEntry) -> str:
    """One entry with its songs; the diary's own text and the songs' are escaped."""
    songs = "".join(f"<li>{title_link(song['title'], song['artist'])} <small>{escape(song['artist'])}</small></li>" for song in entry.songs)
    moment = f"{entry.written_at:%Y}년 {entry.written_at.month}월 {entry.written_at.day}일 {entry.written_at:%H:%M}"
    return (
        f'<article class="entry" lang="ko"><p class="small">{moment} · <span class="chip"><i class="dot e{_place(entry.emotion)}"></i>'
        f'{escape(entry.emotion)}</span></p><p class="text">{escape(entry.text)}</p><h3>함께 들은 노래</h3><ul>{songs}</ul></article>'
    )


def _whole(diary: DiaryStore, entries: int) -> None:
    st.html(f'<h2 class="bar" lang="ko">내 일기장 ({entries}편)</h2><p class="small" lang="ko">파일: {escape(str(diary.place))}</p>')
    with st.container(key="whole", horizontal=True):
        st.download_button("모두 내려받기 (JSON)", diary.export(), "reumi-diary.json", "application/json", key="export")
        with st.popover("모두 지우기", key="ask-all"):
            st.html('<p lang="ko">모든 일기와 파일을 지우고, 일기 간직하기를 꺼요. 되돌릴 수 없어요.</p>')
            st.button("네, 모두 지울게요", key="delete-all", on_click=_burn, args=(diary,))


def _burn(diary: DiaryStore) -> None:
    diary.delete_all()
    for name in ("month", "day", "keep"):
        st.session_state.pop(name, None)
