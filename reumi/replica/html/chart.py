"""Chart pages."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.charts import ChartKind, ChartRow, Period
from reumi.replica.genres import CHART_TOTALS, FOREIGN_GENRES, KOREAN_GENRES, OTHER_GENRES
from reumi.replica.html.blocks import like_script, shell, song_table
from reumi.replica.html.rows import RowStyle, chart_row, hits_row
from reumi.replica.html.text import text


def chart_fragment(rows: Sequence[ChartRow], style: RowStyle, *, hits24: bool = False, hidden: bool = False, promoted: bool = False) -> str:
    """Form, table and scripts of a chart: all a request for a past period answers."""
    if hits24:
        body, numbers = "".join(hits_row(row, style) for row in rows), ()
    else:
        body, numbers = "".join(chart_row(row, style, hidden=hidden) for row in rows), ("순위", "순위등락")
    table = song_table(body, style.menu_id, css="service_list_song type02 d_song_list", numbers=numbers, bell=style.bell)
    call = f"REPLICA.promote('/chart/informBestRecmdSong.htm?menuId={style.menu_id}');" if promoted else ""
    show = "REPLICA.showChart();" if hidden else ""
    extra = f'<script type="text/javascript">\n/* 추천곡 리스트 */\n{call}{show}\n</script>\n' if call or show else ""
    return table + extra + like_script(list_type="CHART")


def chart_page(kind: ChartKind, class_code: str, period: Period, fragment: str, *, hidden: bool = False) -> str:
    """The page around a chart."""
    display = ' style="display: none"' if hidden else ""
    content = (
        f'<div class="page_header">\n<h2 class="title">{kind.heading}</h2>\n</div>\n{_chart_tabs(kind)}{_class_tabs(kind, class_code)}'
        f'{_calendar(kind, period)}<div id="tb_list"{display}>\n{fragment}</div>\n'
    )
    return shell(f"멜론차트&gt;{kind.heading}&gt;멜론", content)


def _calendar(kind: ChartKind, period: Period) -> str:
    if kind.name in ("top100", "hot100"):
        day, hour = period.shown.split(" ")
        inner = f'<span class="yyyymmdd">\n<span class="year">{day}</span>\n</span>\n<span class="hhmm">\n<span class="hour">{hour}</span>\n</span>\n'
    else:
        inner = f'<span class="yyyymmdd">\n{period.shown}\n</span>\n'
    return f'<div class="calendar_prid">\n{inner}</div>\n'


def _chart_tabs(kind: ChartKind) -> str:
    names = (("index.htm", "TOP100"), ("hot100/index.htm", "HOT100"), ("day/index.htm", "일간"), ("week/index.htm", "주간"), ("month/index.htm", "월간"))
    items = "".join(
        f'<li class="{"on" if kind.path == "/chart/" + path else ""}"><a href="/chart/{path}" class="link_tab"><span class="cntt">{name}</span></a></li>\n'
        for path, name in names
    )
    return f'<div class="wrap_tabmenu01">\n<ul>\n{items}</ul>\n</div>\n'


def _class_tabs(kind: ChartKind, class_code: str) -> str:
    groups = (("종합", CHART_TOTALS), ("한국대중음악", KOREAN_GENRES), ("해외POP음악", FOREIGN_GENRES), ("그외인기장르", OTHER_GENRES))
    parts = []
    for heading, codes in groups:
        items = "".join(
            f'<li id="{code}" class="{"on" if code == class_code else ""}"><a href="{kind.path}?classCd={code}" class="link_tab">'
            f'<span class="cntt">{text(name)}</span></a></li>\n'
            for code, name in codes.items()
            if code != "GN1600"
        )
        parts.append(f"<dt>{heading}</dt>\n<dd>\n<ul>\n{items}</ul>\n</dd>\n")
    return f'<div class="wrap_tabmenu_sub type03">\n<dl>\n{"".join(parts)}</dl>\n</div>\n'
