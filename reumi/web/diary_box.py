"""The switch of the local diary, and what is written into it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recommender.results import Recommendation
from reumi.errors import DiaryUnreadable
from reumi.settings import Settings
from reumi.web.cards import advice_card
from reumi.web.diary_store import DiaryStore, default_place
from reumi.web.trouble import advice_on

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def store() -> DiaryStore | None:
    """The diary of this machine; None where the screen can be reached from other machines, whose people would share it."""
    if (st.get_option("server.address") or "localhost") not in _LOOPBACK:
        return None
    place = Settings.load().diary
    return DiaryStore(Path(place) if place else default_place())


def diary_box() -> None:
    """The switch, with what it means."""
    diary = store()
    if diary is None:
        return
    try:
        on = st.toggle("이 컴퓨터에 일기 간직하기", value=diary.is_on, key="keep", on_change=_turn, args=(diary,))
        unreadable = st.session_state.pop("unreadable", None)
        if unreadable is not None:
            raise unreadable
    except DiaryUnreadable as error:
        st.html(advice_card(advice_on(error), str(error)))
        return
    if on:
        st.html('<p class="small" lang="ko">일기는 이 컴퓨터에만 저장되고, ‘지난 일기’에서 보거나 지울 수 있어요.</p>')
    else:
        st.html('<p class="small" lang="ko">지금은 아무것도 저장하지 않아요. 창을 닫으면 일기는 사라져요.</p>')


def _turn(diary: DiaryStore) -> None:
    """Only a person's own touch turns the diary on or off, never the state of another window that is out of date."""
    try:
        if st.session_state["keep"]:
            diary.turn_on()
        else:
            diary.turn_off()
    except DiaryUnreadable as error:
        st.session_state["unreadable"] = error


def remember(text: str, answer: Recommendation, kept_as: int | None) -> int | None:
    """Keep an entry that was just answered, or note its newest songs where it is kept already; returns the id it is kept under."""
    diary = store()
    if diary is None:
        return kept_as
    try:
        # What was kept stays kept while the diary is off: turned on again, it must not be kept a second time.
        if not diary.is_on:
            return kept_as
        if kept_as is None:
            return diary.keep(text, answer)
        diary.change_songs(kept_as, answer)
    except DiaryUnreadable as error:
        st.html(advice_card(advice_on(error), str(error)))
    return kept_as
