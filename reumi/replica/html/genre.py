"""Genre lists and the list of new songs."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.catalogue import Song
from reumi.replica.genres import GENRES, KOREAN_GENRES, sub_genres
from reumi.replica.html.blocks import like_script, pager_setup, paging, paging_script, shell, song_table
from reumi.replica.html.rows import RowStyle, list_row
from reumi.replica.html.text import Links, text

NEW_MENU_ID = "18030123"


def menu_id(code: str) -> str:
    """Menu id that rows of a genre's list carry."""
    return f"25{21 + int(code[2:4]):02d}0101"


def list_fragment(songs: Sequence[Song], total: int, start: int, size: int, order: str, steady: bool, style: RowStyle) -> str:
    """What the paging address answers: form, table, scripts; no page around it."""
    rows = "".join(list_row(song, start + place, style) for place, song in enumerate(songs))
    table = song_table(rows, style.menu_id, top=_sort_links(order, steady), bell=style.bell)
    return table + like_script() + paging_script(paging(total, start, size))


def genre_page(code: str, sub_code: str, steady: bool, fragment: str) -> str:
    """The page around a genre's first rows, which stay hidden until the pager's script shows them."""
    params = {"gnrCode": code, "dtlGnrCode": sub_code, "orderBy": "NEW", "steadyYn": "Y" if steady else "N"}
    content = (
        f'<h2 class="f_tit">한국대중음악</h2>\n{_tabs(code, steady)}{_sub_tabs(code, sub_code, steady)}'
        f'<div id="songList" style="display:none">\n{fragment}</div>\n'
        + pager_setup("/genre/song_listPaging.htm", "songList", params)
    )
    return shell(f"장르음악&gt;한국대중음악&gt;{text(GENRES[code])}&gt;{'스테디셀러' if steady else '최신곡'}&gt;멜론", content)


def new_fragment(songs: Sequence[Song], total: int, start: int, size: int, links: Links) -> str:
    """Rows of the new songs with their scripts."""
    style = RowStyle(links, NEW_MENU_ID)
    rows = "".join(list_row(song, start + place, style) for place, song in enumerate(songs))
    return song_table(rows, NEW_MENU_ID) + like_script() + paging_script(paging(total, start, size))


def new_page(area: str, fragment: str) -> str:
    """The page around the new songs."""
    tabs = "".join(
        f'<li class="{"on" if flag == area else ""}"><a href="/new/index.htm?areaFlg={flag}" class="link_tab" data-area-flg="{flag}">'
        f'<span class="cntt">{name}</span></a></li>\n'
        for flag, name in (("I", "국내"), ("O", "해외"))
    )
    content = (
        '<div class="page_header">\n<h2 class="title">최신곡</h2>\n</div>\n'
        f'<div class="wrap_tabmenu01 type02">\n<ul>\n{tabs}</ul>\n</div>\n<div id="songList" style="display: none">\n{fragment}</div>\n'
        + pager_setup("/new/listPaging.htm", "songList", {"areaFlg": area})
    )
    return shell("최신음악&gt;최신곡&gt;멜론", content)


def _tabs(code: str, steady: bool) -> str:
    items = "".join(
        f'<li class="{"on" if tab == code else ""}"><a href="/genre/song_list.htm?gnrCode={tab}" class="link_tab">'
        f'<span class="cntt">{text(name)}</span></a></li>\n'
        for tab, name in KOREAN_GENRES.items()
    )
    kinds = "".join(
        f'<li class="{"on" if chosen else ""}"><a href="/genre/song_list.htm?gnrCode={code}{query}" title="{name}" class="link_tab05">{name}</a></li>\n'
        for name, query, chosen in (("최신곡", "", not steady), ("스테디셀러", "&amp;steadyYn=Y", steady))
    )
    return f'<div class="wrap_tab03 type08">\n<ul>\n{items}</ul>\n</div>\n<div class="wrap_tab05 page_move">\n<ul class="tab_ul05">\n{kinds}</ul>\n</div>\n'


def _sub_tabs(code: str, sub_code: str, steady: bool) -> str:
    flag = "&amp;steadyYn=Y" if steady else ""
    items = "".join(
        f'<li class="{"on" if sub == (sub_code or code[:4] + "01") else ""}">'
        f'<a href="/genre/song_list.htm?gnrCode={code}&amp;dtlGnrCode={sub}{flag}"><span class="cntt">{text(name)}</span></a></li>\n'
        for sub, name in sub_genres(code).items()
    )
    return f'<div class="wrap_tabmenu_sub">\n<ul>\n{items}</ul>\n</div>\n'


def _sort_links(order: str, steady: bool) -> str:
    if steady:
        return ""
    links = "".join(
        f'<a href="javascript:REPLICA.sortBy(\'{value}\');" title="{name}으로 정렬" class="{"on" if value == order else ""}">{name}</a>\n'
        for value, name in (("NEW", "최신순"), ("POP", "인기순"))
    )
    return f'<div class="sort">\n{links}</div>\n'
