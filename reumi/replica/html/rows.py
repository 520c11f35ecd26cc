"""Rows of lists and charts in the modern layout."""

from __future__ import annotations

from dataclasses import dataclass

from reumi.replica.catalogue import Song
from reumi.replica.charts import ChartRow
from reumi.replica.clock import draw
from reumi.replica.html.template import fill
from reumi.replica.html.text import Links, artist_anchors, text, title_of

_ADULT_BADGE = '<span title="19세 미만 청소년 이용불가" class="bullet_icons age_19"><span class="none">19금</span></span>\n'


@dataclass(frozen=True, slots=True)
class RowStyle:
    """How rows of one list are written: links, the list's menu id, and whether the ring-tone cell of until 2018 is there."""

    links: Links
    menu_id: str
    bell: bool = False


def list_row(song: Song, number: int, style: RowStyle) -> str:
    """A row of a genre or new-songs list."""
    return f"<tr>\n{_checkbox(song)}{fill('row_number', number=number)}{_song_cells(song, style)}</tr>\n"


def chart_row(row: ChartRow, style: RowStyle, *, hidden: bool = False) -> str:
    """A row of a chart; `hidden` as rows 51 to 100 were until 2018."""
    part = "lst50" if row.rank <= 50 else "lst100"
    display = ' style="display:none"' if hidden and part == "lst100" else ""
    return (
        f'<tr class="{part}" id="{part}"{display} data-song-no="{row.song.song_id}">\n{_checkbox(row.song)}'
        f"{fill('row_number', number=row.rank)}<!-- 차트순위 추가 -->\n{_change(row)}{_song_cells(row.song, style)}</tr>\n"
    )


def hits_row(row: ChartRow, style: RowStyle) -> str:
    """A row of the 24Hits years: neither rank nor change."""
    return f'<tr data-song-no="{row.song.song_id}">\n{_checkbox(row.song)}{_song_cells(row.song, style)}</tr>\n'


def promoted_row(song: Song, style: RowStyle) -> str:
    """The recommended song that a script puts above a chart: no rank, no checkbox."""
    return fill("row_promoted", cells=_song_cells(song, style))


def has_video(song: Song) -> bool:
    """Whether the site has a music video of the song."""
    return draw(song.song_id, "video") < 0.4


def _checkbox(song: Song) -> str:
    return fill("row_start", title=title_of(song), id=song.song_id)


def _change(row: ChartRow) -> str:
    if row.is_new:
        return fill("row_change", label="순위 진입", way="new", hidden="순위 진입", steps="")
    if row.change is None:
        return fill("row_change_empty")
    if row.change == 0:
        return fill("row_change", label="순위 동일", way="static", hidden="순위 동일", steps='<span class="none">0</span>\n')
    way, word = ("up", "상승") if row.change > 0 else ("down", "하락")
    steps = abs(row.change)
    return fill("row_change", label=f"{steps}단계 {word}", way=way, hidden=f"단계 {word}", steps=f'<span class="{way}">{steps}</span>\n')


def _song_cells(song: Song, style: RowStyle) -> str:
    title = title_of(song)
    name = f'<span class="disabled">{title}</span>'
    if song.available:
        name = f'<a href="javascript:melon.play.playSong(\'{style.menu_id}\',{song.song_id});" title="{title} 재생">{title}</a>'
    artists = artist_anchors(song, style.links)
    cells = fill(
        "row_song",
        id=song.song_id,
        menu=style.menu_id,
        title=title,
        name=name,
        badge=_ADULT_BADGE if song.adult else "",
        artists=artists,
        copy=f'<span class="checkEllipsis" style="display:none">{artists}</span>' if song.artist_ids[0] is not None else "",
        drop_down=_drop_down(song, style),
        album=text(song.album),
        album_link=style.links.album(song.album_id),
        song_link=style.links.song(song.song_id),
        cover=style.links.cover(song, "/melon/resize/120/quality/80/optimize"),
    )
    return cells + _buttons(song, style)


def _drop_down(song: Song, style: RowStyle) -> str:
    if len(song.artists) < 2:
        return ""
    items = "".join(
        f'<li><a href="{style.links.artist(artist_id)}" title="{text(name)} 페이지 이동" class="ellipsis">{text(name)}</a></li>\n'
        for name, artist_id in zip(song.artists, song.artist_ids, strict=True)
        if artist_id is not None
    )
    return fill("row_drop_down", items=items)


def _buttons(song: Song, style: RowStyle) -> str:
    number, menu = song.song_id, style.menu_id
    cells = [
        ("듣기", "play", True, f"melon.play.playSong('{menu}',{number});"),
        ("담기", "scrap", True, f"melon.play.addPlayList('{number}');"),
        ("다운로드", "download", True, f"melon.buy.goBuyProduct('frm', '{number}', '3C0001', '','0', '{menu}');"),
        ("뮤직비디오", "video", has_video(song), f"melon.link.goMvDetail('{menu}', '{number}','song');"),
    ]
    if style.bell:
        cells.append(("링/벨", "bell", False, f"melon.buy.popPhoneDecorate('0010000000000000','{number}')"))
    return "".join(
        fill("row_button", label=label, css=f"{css} {'' if on else 'disabled'}", state="" if on else 'disabled="disabled"', call=call)
        for label, css, on, call in cells
    )
