"""The look: kraft paper, dusty rose, thin dark rules, handwriting."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from reumi.web.words import TITLE

STATIC = Path(__file__).with_name("static")
# Streamlit's own theme, as options of its command line; style.css does the rest.
OPTIONS = {
    "theme.base": "light",
    "theme.primaryColor": "#8a5a4c",
    "theme.backgroundColor": "#ebdccd",
    "theme.secondaryBackgroundColor": "#f6ede2",
    "theme.textColor": "#3d302a",
    "theme.linkColor": "#7a4436",
    "theme.borderColor": "#b29282",
    "theme.baseRadius": "6px",
    "theme.showWidgetBorder": "true",
}
# Streamlit's page and its own words are English; a screen reader would read Korean with an English voice.
_SPEAK_KOREAN = f"<script>{(STATIC / 'korean.js').read_text(encoding='utf-8')}</script>"


def dress() -> None:
    """Put the style sheet and the header on the page."""
    st.html(STATIC / "style.css")
    st.html(_SPEAK_KOREAN, unsafe_allow_javascript=True)
    st.html(
        f'<header class="masthead" lang="ko"><img src="app/static/logo.svg" alt=""><div><h1>{TITLE}</h1>'
        "<p>ReUmi · Read Your Mind — 오늘의 마음을 읽고, 어울리는 노래를 골라 드려요</p></div></header>"
    )
