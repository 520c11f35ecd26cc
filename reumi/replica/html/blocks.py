"""Blocks that several pages share: the page shell, the table around rows, the paging bar, the script that fills in likes."""

from __future__ import annotations

import json

COLUMNS = ("앨범이미지", "곡 상세가기", "곡정보", "앨범", "좋아요", "듣기", "담기", "다운", "뮤비")


def shell(title: str, content: str, *, head: str = "", tail: str = "") -> str:
    """A whole page around `#conts`."""
    return f"""<!DOCTYPE html>
<html lang="ko">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="keywords" content="음악, 차트, 장르음악, 최신음악"/>
{head}<title>{title}</title>
<link rel="stylesheet" href="/resource/style/web/common/melonweb_comm.css" type="text/css"/>
<script src="/resource/script/web/common/melonweb_comm.js" type="text/javascript"></script>
</head>
<body>
<div id="wrap">
<div id="header"><h1><a href="/" class="logo">ReUmi 레플리카</a></h1>
<ul class="gnb"><li><a href="/chart/index.htm">차트</a></li><li><a href="/new/index.htm">최신음악</a></li>
<li><a href="/genre/song_list.htm?gnrCode=GN0100">장르음악</a></li></ul></div>
<div id="cont_wrap" class="clfix">
<div id="conts_section">
<!-- contents -->
<div id="conts">
{content}</div>
<!-- //contents -->
</div>
</div>
</div>
{tail}</body>
</html>
"""


def song_table(rows: str, menu_id: str, *, top: str = "", css: str = "service_list_song  d_song_list", numbers: tuple[str, ...] = ("NO",), bell: bool = False) -> str:
    """`form#frm` with the buttons and the table of a list; `numbers` are the headings of the cells before the cover."""
    columns = (*numbers, *COLUMNS, *(("링/벨",) if bell else ()))
    heads = "".join(f'<th scope="col"><div class="wrap"><span class="{"rank" if name in ("NO", "순위") else "cell"}">{name}</span></div></th>\n' for name in columns)
    buttons = "".join(
        f'<button type="button" title="선택된 곡 {label}" class="button_rbox" onClick="melon.play.{call}(\'{menu_id}\',\'frm\');">'
        f'<span class="button_icons type02 {icon}"></span><span class="cnt">{label}</span></button>\n'
        for label, icon, call in (("듣기", "play", "playFormSong"), ("담기", "scrap", "addFormPlayList"), ("다운", "download", "downForm"))
    )
    return f"""<form id="frm" name="frm">
<div class="{css}">
<h3 class="none"></h3>
<!-- 곡리스트 테이블 -->
<div class="wrap_btn_tb top">
{buttons}{top}</div>
<table border="1" style="width:100%">
<caption>이 표는 곡 목록으로 선택, 순위, 곡정보, 앨범, 좋아요 내용을 담고 있습니다.</caption>
<thead>
<tr>
<th scope="col"><div class="wrap t_right"><input type="checkbox" title="곡 목록 전체 선택" class="input_check d_checkall"></div></th>
{heads}</tr>
</thead>
<tbody>
{rows}</tbody>
</table>
</div>
</form>
"""


def like_script(target: str = "div.d_song_list button.like", list_type: str = "") -> str:
    """The script after a table: asks the JSON for the likes of every row and writes them, by position as the site does."""
    return f"""<script type="text/javascript">
/* 좋아요 셋팅부 */
REPLICA.fillLikes({{
likeCnt  : "<span class=\\"odd_span\\">{{TXT}}</span>\\n<span class=\\"cnt\\">\\n<span class=\\"none\\">총건수</span>\\n{{CNT}}</span>",
likeObj  : '{target}',
likeAttr : 'data-song-no',
likeUrl  : '/commonlike/getSongLike.json'
}}, '{list_type}');
</script>
"""


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
    return f"""<!-- 페이지 -->
<script type="text/javascript">
REPLICA.ready(function(){{
document.getElementById('pageObjNavgation').innerHTML = {literal};
}});
</script>
<!-- 페이지 -->
"""


def pager_setup(url: str, target: str, params: dict[str, str], size: int = 50) -> str:
    """The hidden paging bar and the object that swaps pages of a list by the address's hash."""
    adds = "".join(f'pageObj.addParam("{name}","{value}");\n' for name, value in params.items())
    return f"""<div id='pageObjNavgation' style='display:none;'></div>
<script src='/resource/script/common/historypager.js' type='text/javascript'></script>
<script type="text/javascript">
var pageObj = new Pagination('{url}','{target}','pageObjNavgation','{size}','pageObj',false);
{adds}</script>
"""


def _send(page: int, size: int) -> str:
    return f"javascript:pageObj.sendPage('{(page - 1) * size + 1}');"


def _jump(css: str, label: str, page: int, size: int, *, on: bool) -> str:
    if not on:
        return f'<a href="javascript:;" class="{css} disabled"><span>{label}</span></a> '
    return f'<a href="{_send(page, size)}" class="{css}"><span>{label}</span></a> '
