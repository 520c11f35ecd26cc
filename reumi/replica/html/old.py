"""Rows and tables of the old layout: genre lists of 2017, and charts as the year chart still is."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.catalogue import Song
from reumi.replica.charts import ChartRow
from reumi.replica.html.blocks import like_script, paging, paging_script
from reumi.replica.html.rows import has_video
from reumi.replica.html.template import fill
from reumi.replica.html.text import Links, artist_anchors, text, title_of


def old_list_fragment(songs: Sequence[Song], total: int, start: int, size: int, order: str, menu_id: str, links: Links) -> str:
    """A genre's rows as of 2017: nine cells, no cover."""
    rows = "".join(_list_row(song, start + place, menu_id, links) for place, song in enumerate(songs))
    sorts = "".join(
        f'<li class="{"on" if value == order else ""}"><a href="javascript:REPLICA.sortBy(\'{value}\');" '
        f'title="{name}으로 정렬" id="{value}" class="orderClass" >{name}</a></li>\n'
        for value, name in (("NEW", "발매일순"), ("POP", "인기순"))
    )
    table = _table(rows, ("NO", "곡명", "아티스트", "앨범", "좋아요", "뮤비", "다운", "링/벨"))
    return (
        f'<div class="data_sorting1">\n<ul class="list_sort">\n{sorts}</ul>\n</div>\n'
        f'<form id="frm" name="frm">\n<div class="tb_list d_song_list songTypeOne">\n{table}</div>\n</form>\n'
        f"{like_script()}{paging_script(paging(total, start, size, old=True))}"
    )


def old_chart_fragment(rows: Sequence[ChartRow], menu_id: str, links: Links) -> str:
    """Chart rows of the old kind: bold title link, the song's id in an onclick, no rank change; form and block nested the other way."""
    table = _table("".join(_chart_row(row, menu_id, links) for row in rows), ("순위", "곡명", "앨범", "좋아요", "뮤비", "다운"))
    return f'<div class="tb_list d_song_list">\n<form id="frm" name="frm">\n{table}</form>\n</div>\n{like_script()}'


def _table(rows: str, heads: Sequence[str]) -> str:
    return fill("old_table", rows=rows, heads="".join(f'<th scope="col"><div class="wrap">{name}</div></th>\n' for name in heads))


def _list_row(song: Song, number: int, menu_id: str, links: Links) -> str:
    title = title_of(song)
    play = f"melon.play.playSong('{menu_id}',{song.song_id});" if song.available else ";"
    name = f'<a href="javascript:{play}" class="fc_gray" title="{title} 재생 - 새 창">{title}</a>'
    return fill("old_list_row", number=number, play=play, name=name, **_common(song, menu_id, links))


def _chart_row(row: ChartRow, menu_id: str, links: Links) -> str:
    song, title = row.song, title_of(row.song)
    name = f'<span class="disabled">{title}</span>'
    if song.available:
        name = f'<a href="javascript:melon.play.playSong(\'{menu_id}\',{song.song_id});" title="{title}">{title} </a>'
    return fill("old_chart_row", number=row.rank, name=name, **_common(song, menu_id, links))


def _common(song: Song, menu_id: str, links: Links) -> dict[str, str]:
    artists, title = artist_anchors(song, links, "fc_mgray"), title_of(song)
    video = has_video(song)
    return {
        "id": song.song_id,
        "title": title,
        "badge": '<span class="icon_song age_19">19금</span>\n' if song.adult else "",
        "artists": artists,
        "copy": f'<span class="checkEllipsis" style="display:none">{artists}</span>' if song.artist_ids[0] is not None else "",
        "popup": _popup(song, links),
        "album": text(song.album),
        "album_link": links.album(song.album_id),
        "cells": fill(
            "old_cells",
            id=song.song_id,
            title=title,
            menu=menu_id,
            video_state="" if video else 'disabled="disabled" ',
            video_class="" if video else " disabled",
        ),
    }


def _popup(song: Song, links: Links) -> str:
    if len(song.artists) < 2:
        return ""
    items = "".join(
        f'<li><a href="{links.artist(artist_id)}" title="{text(name)} - 페이지 이동">{text(name)}</a></li>\n'
        for name, artist_id in zip(song.artists, song.artist_ids, strict=True)
        if artist_id is not None
    )
    return f'<div class="wrap_atist" style="display:none">\n<ul class="list_bullet">\n{items}</ul>\n</div>\n'
