"""Rows of lists and charts in the modern layout."""

from __future__ import annotations

from dataclasses import dataclass

from reumi.replica.catalogue import Song
from reumi.replica.charts import ChartRow
from reumi.replica.clock import draw
from reumi.replica.html.text import Links, artist_anchors, text, title_of


@dataclass(frozen=True, slots=True)
class RowStyle:
    """How rows of one list are written: links, the list's menu id, and whether the ring-tone cell of until 2018 is there."""

    links: Links
    menu_id: str
    bell: bool = False


def list_row(song: Song, number: int, style: RowStyle) -> str:
    """A row of a genre or new-songs list."""
    return f"<tr>\n{_checkbox(song)}{_number(number)}{_song_cells(song, style)}</tr>\n"


def chart_row(row: ChartRow, style: RowStyle, *, hidden: bool = False) -> str:
    """A row of a chart; `hidden` as rows 51 to 100 were until 2018."""
    part = "lst50" if row.rank <= 50 else "lst100"
    display = ' style="display:none"' if hidden and part == "lst100" else ""
    return (
        f'<tr class="{part}" id="{part}"{display} data-song-no="{row.song.song_id}">\n'
        f"{_checkbox(row.song)}{_number(row.rank)}<!-- 차트순위 추가 -->\n{_change(row)}{_song_cells(row.song, style)}</tr>\n"
    )


def hits_row(row: ChartRow, style: RowStyle) -> str:
    """A row of the 24Hits years: neither rank nor change."""
    return f'<tr data-song-no="{row.song.song_id}">\n{_checkbox(row.song)}{_song_cells(row.song, style)}</tr>\n'


def promoted_row(song: Song, style: RowStyle) -> str:
    """The recommended song that a script puts above a chart: no rank, no checkbox."""
    return (
        '<tr class="recm_song">\n<td><div class="wrap"></div></td>\n<td><div class="wrap t_center"><span class="bullet_icons recm">'
        '<span class="none">추천</span></span></div></td>\n<td><div class="wrap"></div></td>\n'
        f"{_song_cells(song, style)}</tr>\n"
    )


def _checkbox(song: Song) -> str:
    return (
        f'<td><div class="wrap t_right"><input type="checkbox" title="{title_of(song)} 곡 선택" class="input_check "  '
        f'name="input_check" value="{song.song_id}"></div></td>\n'
    )


def _number(number: int) -> str:
    return f'<td><div class="wrap t_center"><span class="rank ">{number}</span><span class="none">위</span></div></td>\n'


def _change(row: ChartRow) -> str:
    if row.is_new:
        inner = '<span title="순위 진입" class="rank_wrap">\n<span class="bullet_icons rank_new"><span class="none">순위 진입</span></span>\n</span>'
    elif row.change is None:
        inner = ""
    elif row.change == 0:
        inner = (
            '<span title="순위 동일" class="rank_wrap">\n<span class="bullet_icons rank_static"><span class="none">순위 동일</span></span>\n'
            '<span class="none">0</span>\n</span>'
        )
    else:
        way, word = ("up", "상승") if row.change > 0 else ("down", "하락")
        steps = abs(row.change)
        inner = (
            f'<span title="{steps}단계 {word}" class="rank_wrap">\n<span class="bullet_icons rank_{way}">'
            f'<span class="none">단계 {word}</span></span>\n<span class="{way}">{steps}</span>\n</span>'
        )
    return f'<td><div class="wrap">\n{inner}\n</div></td>\n'


def _song_cells(song: Song, style: RowStyle) -> str:
    return _cover(song, style) + _detail_link(song, style) + _names(song, style) + _album(song, style) + _like(song, style) + _buttons(song, style)


def _cover(song: Song, style: RowStyle) -> str:
    album = text(song.album)
    source = style.links.cover(song, "/melon/resize/120/quality/80/optimize")
    return (
        f'<td><div class="wrap">\n<a href="{style.links.album(song.album_id)}" title="{album}" class="image_typeAll">\n'
        f'<img onerror="WEBPOCIMG.defaultAlbumImg(this);" width="60" height="60" src="{source}" alt="{album} - 페이지 이동"/>\n'
        '<span class="bg_album_frame"></span>\n</a>\n</div></td>\n'
    )


def _detail_link(song: Song, style: RowStyle) -> str:
    return (
        f'<td><div class="wrap">\n<a href="{style.links.song(song.song_id)}" title="{title_of(song)} 곡정보" '
        'class="btn button_icons type03 song_info"><span class="none">곡정보</span></a>\n</div></td>\n'
    )


def _names(song: Song, style: RowStyle) -> str:
    title = title_of(song)
    badge = ""
    if song.adult:
        badge = '<span title="19세 미만 청소년 이용불가" class="bullet_icons age_19"><span class="none">19금</span></span>\n'
    if song.available:
        name = f"<a href=\"javascript:melon.play.playSong('{style.menu_id}',{song.song_id});\" title=\"{title} 재생\">{title}</a>"
    else:
        name = f'<span class="disabled">{title}</span>'
    anchors = artist_anchors(song, style.links)
    copy = f'<span class="checkEllipsis" style="display:none">{anchors}</span>' if song.artist_ids[0] is not None else ""
    return (
        '<td><div class="wrap">\n<div class="wrap_song_info">\n<div class="ellipsis rank01"><span>\n'
        f'{badge}{name}\n</span></div><br>\n<div class="ellipsis rank02">\n{anchors}{copy}\n</div>\n{_drop_down(song, style)}</div>\n</div></td>\n'
    )


def _drop_down(song: Song, style: RowStyle) -> str:
    if len(song.artists) < 2:
        return ""
    items = "".join(
        f'<li><a href="{style.links.artist(artist_id)}" title="{text(name)} 페이지 이동" class="ellipsis">{text(name)}</a></li>\n'
        for name, artist_id in zip(song.artists, song.artist_ids, strict=True)
        if artist_id is not None
    )
    return (
        '<div class="wrap_atist" style="display:none;">\n<button type="button" title="아티스트 더보기" class="button_icons etc more_down" '
        'data-control="dropdown"><span class="none">아티스트명 더보기</span></button>\n'
        f'<div class="atist_view" style="display:none;">\n<ul>\n{items}</ul>\n</div>\n</div>\n'
    )


def _album(song: Song, style: RowStyle) -> str:
    album = text(song.album)
    return (
        '<td><div class="wrap">\n<div class="wrap_song_info">\n<div class="ellipsis rank03">\n'
        f'<a href="{style.links.album(song.album_id)}" title="{album} - 페이지 이동">{album}</a>\n</div>\n</div>\n</div></td>\n'
    )


def _like(song: Song, style: RowStyle) -> str:
    # The server never knows the count here: a script fills it in from the JSON.
    return (
        f'<td><div class="wrap">\n<button type="button" class="button_etc like" title="{title_of(song)} 좋아요" '
        f'data-song-no="{song.song_id}" data-song-menuid="{style.menu_id}">\n<span class="odd_span">좋아요</span>\n'
        '<span class="cnt">\n<span class="none">총건수</span>\n0\n</span>\n</button>\n</div></td>\n'
    )


def has_video(song: Song) -> bool:
    """Whether the site has a music video of the song."""
    return draw(song.song_id, "video") < 0.4


def _buttons(song: Song, style: RowStyle) -> str:
    off = "" if has_video(song) else 'disabled" disabled="disabled'
    number, menu = song.song_id, style.menu_id
    cells = [
        ("듣기", "play ", f"melon.play.playSong('{menu}',{number});"),
        ("담기", "scrap ", f"melon.play.addPlayList('{number}');"),
        ("다운로드", "download ", f"melon.buy.goBuyProduct('frm', '{number}', '3C0001', '','0', '{menu}');"),
        ("뮤직비디오", f"video {off}", f"melon.link.goMvDetail('{menu}', '{number}','song');"),
    ]
    if style.bell:
        cells.append(("링/벨", 'bell disabled" disabled="disabled', f"melon.buy.popPhoneDecorate('0010000000000000','{number}')"))
    return "".join(
        f'<td><div class="wrap t_center">\n<button type="button" title="{label}" class="button_icons {css}" '
        f'onClick="{call}"><span class="none">{label}</span></button>\n</div></td>\n'
        for label, css, call in cells
    )
