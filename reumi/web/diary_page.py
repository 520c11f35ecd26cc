"""The first page: the diary on the left, what was read and the songs on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from recommender.errors import NoSongs
from recommender.query import Mode, Wish
from recommender.results import Recommendation
from reumi.entry import LONGEST_DIARY, notice
from reumi.web import house
from reumi.web.cards import advice_card, notice_line, reading_card, song_cards
from reumi.web.diary_box import diary_box, remember
from reumi.web.trouble import EXPECTED, FILTERED_OUT, Advice, advice_on
from reumi.web.words import INVITATION, PROMPT
from tagging.diary import DiaryReading

MODES = {Mode.MATCH: "공감", Mode.LIFT: "기분 전환"}
_TOO_LONG = "일기가 아주 길어요 ({length:,}자). 한 번에 {longest:,}자까지 읽을 수 있으니 조금 나누어 적어 주세요."


@dataclass(slots=True)
class Entry:
    """The diary entry that is being answered, with the songs already shown for it."""

    text: str
    reading: DiaryReading
    shown: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    kept_as: int | None = None


def show() -> None:
    """Draw the page."""
    left, right = st.columns([28, 72], gap="large")
    with left:
        text, pressed = _writing()
        diary_box()
    with right:
        st.html('<h2 class="bar" lang="ko">나만의 감정일기 노래리스트 만들기</h2>')
        if pressed:
            _take(text)
        _answering()


def _writing() -> tuple[str, bool]:
    st.html('<img class="table" src="app/static/table.svg" alt="손으로 그린 케이크와 일기장, 음표 그림">')
    with st.form("writing", border=False):
        text = st.text_area(PROMPT, key="diary", height=260, placeholder="오늘은…")
        pressed = st.form_submit_button("일기 기록하기", type="primary", width="stretch")
    return text, pressed


def _take(text: str) -> None:
    """Read a new entry; whatever stands in the way becomes words."""
    st.session_state.pop("entry", None)
    st.session_state["trouble"] = None
    if len(text) > LONGEST_DIARY:
        st.session_state["trouble"] = (Advice("조금만 줄여 주세요", _TOO_LONG.format(length=len(text), longest=LONGEST_DIARY)), "")
        return
    if not text.strip():
        st.session_state["trouble"] = (Advice("일기장이 비어 있어요", "오늘 있었던 일을 한 문장이라도 적어 주세요. 짧아도 괜찮아요."), "")
        return
    try:
        st.session_state["entry"] = Entry(text, house.answers().read(text))
    except EXPECTED as error:
        st.session_state["trouble"] = (advice_on(error), str(error))


def _answering() -> None:
    entry: Entry | None = st.session_state.get("entry")
    if entry is None:
        trouble = st.session_state.get("trouble")
        st.html(advice_card(*trouble) if trouble else f'<p class="invitation" lang="ko">{INVITATION}</p>')
        return
    mode, genres, k = _wishes()
    try:
        answer = _recommend(entry, mode, genres, k)
    except EXPECTED as error:
        filtered = isinstance(error, NoSongs) and (genres or entry.shown)
        st.html(advice_card(FILTERED_OUT) if filtered else advice_card(advice_on(error), str(error)))
        _again(entry, enough=False)
        return
    said = notice(entry.text)
    if said is not None:
        st.html(notice_line(said))
    st.html(reading_card(answer.probabilities, entry.reading.sentences, mode is Mode.LIFT))
    st.html(song_cards(answer.songs, house.answers().settings.site_url))
    shown = [song.song_id for song in answer.songs]
    if shown != entry.last or entry.kept_as is None:
        entry.last = shown
        entry.kept_as = remember(entry.text, answer, entry.kept_as)
    _again(entry, enough=len(answer.songs) == k)


def _wishes() -> tuple[Mode, Sequence[str], int]:
    with st.container(key="wishes"):
        first, second, third = st.columns([32, 44, 24], gap="medium")
        chosen = first.segmented_control(
            "어떤 노래를 들을까요?", list(MODES), format_func=MODES.__getitem__, default=Mode.MATCH, key="mode"
        )
        genres = second.multiselect("장르", _genres(), placeholder="모든 장르", key="genres")
        k = third.number_input("몇 곡을 들을까요?", min_value=1, max_value=20, value=3, key="k")
    return chosen or Mode.MATCH, genres, int(k)


def _genres() -> list[str]:
    # Only now, with the first answer, is the database library needed; the page itself comes up without it.
    from storage.catalog import Catalog

    try:
        return sorted(name for name in Catalog(house.answers().engine).stats().genres if name)
    except EXPECTED:
        return []


def _recommend(entry: Entry, mode: Mode, genres: Sequence[str], k: int) -> Recommendation:
    wish = Wish(mode=mode, genres=frozenset(genres), exclude=frozenset(entry.shown))
    return house.answers().recommend(entry.text, k, wish)


def _again(entry: Entry, enough: bool) -> None:
    """Buttons to see other songs, and to begin anew once some were left out."""
    with st.container(key="again"):
        other, fresh, _ = st.columns([22, 24, 54])
        if enough:
            other.button("다른 노래", on_click=_pass_over, args=(entry,), width="stretch", key="other")
        if entry.shown:
            fresh.button("처음부터 다시", on_click=entry.shown.clear, width="stretch", key="fresh")


def _pass_over(entry: Entry) -> None:
    entry.shown.extend(entry.last)
