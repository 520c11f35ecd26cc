"""Genre lists and the list of new songs."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.catalogue import Song
from reumi.replica.genres import GENRES, KOREAN_GENRES, sub_genres
from reumi.replica.html.blocks import like_script, pager_setup, paging, paging_script, shell, song_table, tab
from reumi.replica.html.rows import RowStyle, list_row
from reumi.replica.html.template import fill
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


def genre_page(code: str, sub_code: str, steady: bool, fragment: str, block: str = "songList") -> str:
    """The page around a genre's first rows, which stay hidden until the pager's script shows them."""
    flag = "&amp;steadyYn=Y" if steady else ""
    page, whole = "/genre/song_list.htm?gnrCode=", sub_code or f"{code[:4]}01"
    kinds = (("최신곡", "", not steady), ("스테디셀러", "&amp;steadyYn=Y", steady))
    content = fill(
        "genre",
        tabs="".join(tab(text(name), f"{page}{one}", chosen=one == code) for one, name in KOREAN_GENRES.items()),
        kinds="".join(tab(name, f"{page}{code}{query}", chosen=chosen) for name, query, chosen in kinds),
        subs="".join(
            tab(text(name), f"{page}{code}&amp;dtlGnrCode={sub}{flag}", chosen=sub == whole) for sub, name in sub_genres(code).items()
        ),
        block=block,
        fragment=fragment,
    )
    params = {"gnrCode": code, "dtlGnrCode": sub_code, "orderBy": "NEW", "steadyYn": "Y" if steady else "N"}
    title = f"장르음악&gt;한국대중음악&gt;{text(GENRES[code])}&gt;{'스테디셀러' if steady else '최신곡'}&gt;멜론"
    return shell(title, content + pager_setup("/genre/song_listPaging.htm", block, params))


def new_fragment(songs: Sequence[Song], total: int, start: int, size: int, links: Links) -> str:
    """Rows of the new songs with their scripts."""
    style = RowStyle(links, NEW_MENU_ID)
    rows = "".join(list_row(song, start + place, style) for place, song in enumerate(songs))
    return song_table(rows, NEW_MENU_ID) + like_script() + paging_script(paging(total, start, size))


def new_page(area: str, fragment: str) -> str:
    """The page around the new songs: `area` I (Korean) or O (foreign)."""
    areas = (("I", "국내"), ("O", "해외"))
    tabs = "".join(tab(name, f"/new/index.htm?areaFlg={flag}", chosen=flag == area) for flag, name in areas)
    return shell(
        "최신음악&gt;최신곡&gt;멜론",
        fill("new", tabs=tabs, fragment=fragment) + pager_setup("/new/listPaging.htm", "songList", {"areaFlg": area}),
    )


def _sort_links(order: str, steady: bool) -> str:
    if steady:
        return ""
    links = "".join(
        f'<a href="javascript:REPLICA.sortBy(\'{value}\');" title="{name}으로 정렬" class="{"on" if value == order else ""}">{name}</a>\n'
        for value, name in (("NEW", "최신순"), ("POP", "인기순"))
    )
    return f'<div class="sort">\n{links}</div>\n'
