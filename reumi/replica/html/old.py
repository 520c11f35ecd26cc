"""Rows and tables of the old layout: genre lists of 2017, and charts as the year chart still is."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.catalogue import Song
from reumi.replica.charts import ChartRow
from reumi.replica.html.blocks import like_script, pager_setup, paging, paging_script, shell
from reumi.replica.html.rows import has_video
from reumi.replica.html.text import Links, artist_anchors, text, title_of


def old_list_fragment(songs: Sequence[Song], total: int, start: int, size: int, order: str, menu_id: str, links: Links) -> str:
    """A genre's rows as of 2017: nine cells, no cover."""
    rows = "".join(_list_row(song, start + place, menu_id, links) for place, song in enumerate(songs))
    sorts = "".join(
        f'<li class="{"on" if value == order else ""}"><a href="javascript:REPLICA.sortBy(\'{value}\');" title="{name}으로 정렬" id="{value}" '
        f'class="orderClass" >{name}</a></li>\n'
        for value, name in (("NEW", "발매일순"), ("POP", "인기순"))
    )
    heads = ("NO", "곡명", "아티스트", "앨범", "좋아요", "뮤비", "다운", "링/벨")
    table = _table(rows, heads, inner=True)
    return f'<div class="data_sorting1">\n<ul class="list_sort">\n{sorts}</ul>\n</div>\n{table}{like_script()}{paging_script(paging(total, start, size, old=True))}'


def old_genre_page(code: str, name: str, params: dict[str, str], fragment: str) -> str:
    """The page around them: the block is called `#pageList`."""
    content = (
        f'<h2 class="f_tit mb20">한국대중음악</h2>\n<div class="wrap_tab03 type08">\n<ul>\n<li class="first_child on">'
        f'<a href="/genre/song_list.htm?gnrCode={code}" class="link_tab">\n<span class="cntt">{text(name)}</span>\n</a></li>\n</ul>\n</div>\n'
        f'<div id="pageList" style="display:none;">\n{fragment}</div>\n' + pager_setup("/genre/song_listPaging.htm", "pageList", params)
    )
    return shell(f"장르음악&gt;한국대중음악&gt;{text(name)}&gt;최신곡&gt;멜론", content)


def old_chart_fragment(rows: Sequence[ChartRow], menu_id: str, links: Links) -> str:
    """Chart rows of the old kind: bold title link, the song's id in an onclick, no rank change."""
    heads = ("순위", "곡명", "앨범", "좋아요", "뮤비", "다운")
    return _table("".join(_chart_row(row, menu_id, links) for row in rows), heads, inner=False) + like_script()


def _table(rows: str, heads: Sequence[str], *, inner: bool) -> str:
    cells = "".join(f'<th scope="col"><div class="wrap">{name}</div></th>\n' for name in heads)
    table = (
        '<table border="1" style="width:100%">\n<caption>곡 목록입니다.</caption>\n<thead>\n<tr>\n<th scope="col"><div class="wrap pd_none left">\n'
        f'<input type="checkbox" title="곡 목록 전체 선택" class="input_check d_checkall" />\n</div></th>\n{cells}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n'
    )
    # The two kinds nest the form and the block the other way round.
    if inner:
        return f'<form id="frm" name="frm">\n<div class="tb_list d_song_list songTypeOne">\n{table}</div>\n</form>\n'
    return f'<div class="tb_list d_song_list">\n<form id="frm" name="frm">\n{table}</form>\n</div>\n'


def _list_row(song: Song, number: int, menu_id: str, links: Links) -> str:
    title, number_of = title_of(song), song.song_id
    badge = '<span class="icon_song age_19">19금</span>\n' if song.adult else ""
    play = f"melon.play.playSong('{menu_id}',{number_of});"
    anchors = artist_anchors(song, links, "fc_mgray")
    name = f'<a href="javascript:{play}" class="fc_gray" title="{title} 재생 - 새 창">{title}</a>' if song.available else f'<span class="fc_lgray">{title}</span>'
    return (
        f"<tr >\n{_checkbox(song)}<td class=\"no\"><div class=\"wrap\">{number}</div></td>\n"
        '<td class="t_left"><div class="wrap pd_none">\n<div class="ellipsis" style="max-width:100%">\n'
        f'<button type="button"  class="btn_icon play" title="{title} 재생 - 새 창" onClick="{play}"><span class="odd_span">재생</span></button>\n'
        f"<a href=\"javascript:melon.link.goSongDetail('{number_of}');\" title=\"{title} 곡정보 - 페이지 이동\" class=\"btn btn_icon_detail\">"
        f'<span class="odd_span">{title}</span></a>\n{badge}{name}\n</div>\n</div></td>\n'
        f'<td class="t_left"><div class="wrap wrapArtistName">\n<div id="artistName" class="ellipsis" style="max-width:122px">\n{anchors}{_copy(song, anchors)}\n</div>\n'
        f'{_popup(song, links)}</div></td>\n<td class="t_left"><div class="wrap">\n<div class="ellipsis" style="max-width:90%">\n'
        f'<a href="{links.album(song.album_id)}" title="{text(song.album)} - 페이지 이동" class="fc_mgray">{text(song.album)}</a>\n</div>\n</div></td>\n'
        f"{_like(song, menu_id)}{_video(song, menu_id)}"
        f'<td><div class="wrap pd_none">\n<button type="button"  class="btn_icon dl" title="{title} 다운로드 - 새 창"><span class="odd_span">다운</span></button>\n</div></td>\n'
        '<td><div class="wrap pd_none right">\n<button type="button" disabled="disabled" class="btn_icon sendlk1 disabled"><span class="odd_span">폰 다운</span></button>\n</div></td>\n</tr>\n'
    )


def _chart_row(row: ChartRow, menu_id: str, links: Links) -> str:
    song, title = row.song, title_of(row.song)
    badge = '<span class="icon_song age_19">19금</span>\n' if song.adult else ""
    anchors = artist_anchors(song, links, "fc_mgray")
    play = f"melon.play.playSong('{menu_id}',{song.song_id});"
    name = f'<strong><a href="javascript:{play}" title="{title}">{title} </a></strong>' if song.available else f'<strong><span class="disabled">{title}</span></strong>'
    return (
        f'<tr>\n{_checkbox(song)}<td><div class="wrap t_center"><span class="rank">{row.rank}</span><span class="none">위</span></div></td>\n'
        '<td><div class="wrap pd_none left">\n<a href="javascript:;" '
        f"onclick=\"melon.link.goSongDetail('{song.song_id}');\" title=\"{title} 곡정보\" class=\"btn btn_icon_detail\"><span class=\"odd_span\">{title}</span></a>\n"
        f'<div class="ellipsis rank01"><span>\n{badge}{name}\n</span></div>\n<div class="ellipsis rank02">\n{anchors}{_copy(song, anchors)}\n</div>\n{_popup(song, links)}</div></td>\n'
        f'<td><div class="wrap">\n<div class="ellipsis rank03"><a href="{links.album(song.album_id)}" title="{text(song.album)} - 페이지 이동" class="fc_mgray">{text(song.album)}</a></div>\n</div></td>\n'
        f"{_like(song, menu_id)}{_video(song, menu_id)}"
        f'<td><div class="wrap pd_none">\n<button type="button" class="btn_icon dl" title="{title} 다운로드 - 새 창"><span class="odd_span">다운</span></button>\n</div></td>\n</tr>\n'
    )


def _checkbox(song: Song) -> str:
    return f'<td><div class="wrap pd_none left">\n<input type="checkbox" title="{title_of(song)} 곡 선택" class="input_check" name="input_check" value="{song.song_id}" />\n</div></td>\n'


def _copy(song: Song, anchors: str) -> str:
    return f'<span class="checkEllipsis" style="display:none">{anchors}</span>' if song.artist_ids[0] is not None else ""


def _popup(song: Song, links: Links) -> str:
    if len(song.artists) < 2:
        return ""
    items = "".join(
        f'<li><a href="{links.artist(artist_id)}" title="{text(name)} - 페이지 이동">{text(name)}</a></li>\n'
        for name, artist_id in zip(song.artists, song.artist_ids, strict=True)
        if artist_id is not None
    )
    return f'<div class="wrap_atist" style="display:none">\n<ul class="list_bullet">\n{items}</ul>\n</div>\n'


def _like(song: Song, menu_id: str) -> str:
    return (
        f'<td class="t_left"><div class="wrap right_none">\n<button type="button" class="btn_icon like" title="{title_of(song)}" data-song-no="{song.song_id}" data-song-menuId="{menu_id}">\n'
        '<span class="odd_span">좋아요</span>\n<span class="cnt"><span class="none">총건수</span>0</span>\n</button>\n</div></td>\n'
    )


def _video(song: Song, menu_id: str) -> str:
    off = "" if has_video(song) else 'disabled="disabled" '
    css = "btn_icon mv" if has_video(song) else "btn_icon mv disabled"
    call = f"melon.link.goMvDetail('{menu_id}', '{song.song_id}','song');"
    return f'<td><div class="wrap pd_none left">\n<button type="button" {off}class="{css}" title="{title_of(song)} 뮤직비디오 - 새 창" onClick="{call}"><span class="odd_span">뮤직비디오</span></button>\n</div></td>\n'
