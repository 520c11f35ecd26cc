"""Entry of the screen: `reumi web` has Streamlit run this file."""

from __future__ import annotations

import streamlit as st

from reumi.web import days_page, diary_page, theme
from reumi.web.words import TITLE


def data_page() -> None:
    """Draw the third page; its libraries take a second to import, for which the diary need not wait."""
    from reumi.web.data_page import show

    show()


st.set_page_config(
    page_title=f"ReUmi · {TITLE}", page_icon=str(theme.STATIC / "logo.svg"), layout="wide", initial_sidebar_state="collapsed"
)
pages = [
    st.Page(diary_page.show, title="감정일기", url_path="diary", default=True),
    st.Page(days_page.show, title="지난 일기", url_path="days"),
    st.Page(data_page, title="데이터", url_path="data"),
]
chosen = st.navigation(pages, position="top")
theme.dress()
chosen.run()
