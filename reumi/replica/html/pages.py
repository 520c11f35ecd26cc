"""Pages that only people visit: the front page, albums, artists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from reumi.replica.catalogue import Song
from reumi.replica.html.blocks import like_script, shell, song_table, tab
from reumi.replica.html.rows import RowStyle, list_row
from reumi.replica.html.text import Links, text


def home_page(genres: Mapping[str, str], songs: int, now: datetime) -> str:
    """The front page."""
    lists = "".join(tab(text(name), f"/genre/song_list.htm?gnrCode={code}", chosen=False) for code, name in genres.items())
    words = f"<p>곡 {songs:,}개 · 시계 {now:%Y.%m.%d %H:%M} · 모든 곡과 가수는 지어낸 것입니다.</p>"
    return shell("ReUmi 레플리카", f"<h2>연습용 음악 사이트</h2>\n{words}\n<ul>\n{lists}</ul>\n")


def song_group_page(name: str, songs: Sequence[Song], links: Links) -> str:
    """An album's or artist's songs as a list."""
    style = RowStyle(links, "28010101")
    rows = "".join(list_row(song, place, style) for place, song in enumerate(songs, start=1))
    content = f'<div class="page_header">\n<h2 class="title">{text(name)}</h2>\n</div>\n{song_table(rows, style.menu_id)}{like_script()}'
    return shell(f"{text(name)}&gt;멜론", content)
