"""Blocks that several pages share: the page shell, the table around rows, the paging bar, the script that fills in likes."""

from __future__ import annotations

import json

from reumi.replica.html.template import fill

COLUMNS = ("앨범이미지", "곡 상세가기", "곡정보", "앨범", "좋아요", "듣기", "담기", "다운", "뮤비")
_BUTTONS = (("듣기", "play", "playFormSong"), ("담기", "scrap", "addFormPlayList"), ("다운", "download", "downForm"))


def shell(title: str, content: str, *, head: str = "", tail: str = "", attributes: str = "") -> str:
    """A whole page around `#conts`."""
    return fill("page", title=title, content=content, head=head, tail=tail, attributes=attributes)


def song_table(
    rows: str,
    menu_id: str,
    *,
    top: str = "",
    css: str = "service_list_song  d_song_list",
    numbers: tuple[str, ...] = ("NO",),
    bell: bool = False,
) -> str:
    """`form#frm` with the buttons and the table of a list; `numbers` are the headings of the cells before the cover."""
    columns = (*numbers, *COLUMNS, *(("링/벨",) if bell else ()))
    heads = "".join(f'<th scope="col"><div class="wrap"><span class="{_head_class(name)}">{name}</span></div></th>\n' for name in columns)
    buttons = "".join(fill("table_button", label=label, icon=icon, call=call, menu=menu_id) for label, icon, call in _BUTTONS)
    return fill("song_table", css=css, buttons=buttons, top=top, heads=heads, rows=rows)


def like_script(target: str = "div.d_song_list button.like", list_type: str = "") -> str:
    """The script after a table: asks the JSON for the likes of every row and writes them, by position as the site does."""
    return fill("like_script", target=target, kind=list_type)


def paging(total: int, start: int, size: int, *, old: bool = False) -> str:
    """The paging bar as markup: ten pages at a time, with jumps beyond ten."""
    pages = max(1, -(-total // size))
    current = (start - 1) // size + 1
    first = (current - 1) // 10 * 10 + 1
    last = min(pages, first + 9)
    numbers = "".join(
        f'<strong><span class="none">현재페이지</span>{page}</strong>' if page == current else f'<a href="{_send(page, size)}">{page}</a>'
        for page in range(first, last + 1)
    )
    before = after = ""
    if pages > 10:
        before = _jump("btn_first", "맨처음", 1, size, on=first > 1) + _jump("btn_pre", "이전", first - 10, size, on=first > 1)
        after = _jump("btn_next", "다음", last + 1, size, on=last < pages) + _jump("btn_last", "맨끝", pages, size, on=last < pages)
    return f'<div class="{"paginate" if old else "paging"}">{before}<span class="page_num">{numbers}</span>{after}</div>'


def paging_script(markup: str) -> str:
    """The paging bar as the site delivers it: a script with an escaped string."""
    literal = json.dumps(markup, ensure_ascii=False).replace("<", "\\u003C").replace(">", "\\u003E").replace("/", "\\/")
    return fill("paging_script", literal=literal)


def pager_setup(url: str, target: str, params: dict[str, str], size: int = 50) -> str:
    """The hidden paging bar and the object that swaps pages of a list by the address's hash."""
    adds = "".join(f'pageObj.addParam("{name}","{value}");\n' for name, value in params.items())
    return fill("pager_setup", url=url, target=target, size=size, params=adds)


def tab(name: str, link: str, *, chosen: bool, element_id: str = "") -> str:
    """A tab of a menu; `name` and `link` are escaped already."""
    return fill("tab", name=name, link=link, chosen="on" if chosen else "", id=f' id="{element_id}"' if element_id else "")


def _head_class(name: str) -> str:
    return "rank" if name in ("NO", "순위") else "cell"


def _send(page: int, size: int) -> str:
    return f"javascript:pageObj.sendPage('{(page - 1) * size + 1}');"


def _jump(css: str, label: str, page: int, size: int, *, on: bool) -> str:
    if not on:
        return f'<a href="javascript:;" class="{css} disabled"><span>{label}</span></a> '
    return f'<a href="{_send(page, size)}" class="{css}"><span>{label}</span></a> '
