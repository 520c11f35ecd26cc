"""Chart pages."""

from __future__ import annotations

from collections.abc import Sequence

from reumi.replica.charts import CHARTS, ChartKind, ChartRow, Period
from reumi.replica.genres import CHART_TOTALS, FOREIGN_GENRES, KOREAN_GENRES, OTHER_GENRES
from reumi.replica.html.blocks import like_script, shell, song_table, tab
from reumi.replica.html.rows import RowStyle, chart_row, hits_row
from reumi.replica.html.template import fill
from reumi.replica.html.text import text


def chart_fragment(rows: Sequence[ChartRow], style: RowStyle, *, hits24: bool = False, hidden: bool = False, promoted: bool = False) -> str:
    """Form, table and scripts of a chart: all a request for a past period answers."""
    numbers: tuple[str, ...] = () if hits24 else ("순위", "순위등락")
    body = "".join(hits_row(row, style) if hits24 else chart_row(row, style, hidden=hidden) for row in rows)
    table = song_table(body, style.menu_id, css="service_list_song type02 d_song_list", numbers=numbers, bell=style.bell)
    call = f"REPLICA.promote('/chart/informBestRecmdSong.htm?menuId={style.menu_id}');" if promoted else ""
    show = "REPLICA.showChart();" if hidden else ""
    extra = f'<script type="text/javascript">\n/* 추천곡 리스트 */\n{call}{show}\n</script>\n' if call or show else ""
    return table + extra + like_script(list_type="CHART")


def chart_page(kind: ChartKind, class_code: str, period: Period, fragment: str, *, hidden: bool = False) -> str:
    """The page around a chart."""
    content = fill(
        "chart",
        heading=kind.heading,
        tabs="".join(tab(other.heading, path, chosen=other is kind) for path, other in CHARTS.items()),
        classes=_class_tabs(kind, class_code),
        calendar=_calendar(kind, period),
        display=' style="display: none"' if hidden else "",
        fragment=fragment,
    )
    return shell(f"멜론차트&gt;{kind.heading}&gt;멜론", content)


def _calendar(kind: ChartKind, period: Period) -> str:
    if kind.name not in ("top100", "hot100"):
        return f'<span class="yyyymmdd">\n{period.shown}\n</span>\n'
    day, hour = period.shown.split(" ")
    return (
        f'<span class="yyyymmdd">\n<span class="year">{day}</span>\n</span>\n'
        f'<span class="hhmm">\n<span class="hour">{hour}</span>\n</span>\n'
    )


def _class_tabs(kind: ChartKind, class_code: str) -> str:
    groups = (("종합", CHART_TOTALS), ("한국대중음악", KOREAN_GENRES), ("해외POP음악", FOREIGN_GENRES), ("그외인기장르", OTHER_GENRES))
    parts = []
    for heading, codes in groups:
        items = "".join(
            tab(text(name), f"{kind.path}?classCd={code}", chosen=code == class_code, element_id=code)
            for code, name in codes.items()
            if code != "GN1600"
        )
        parts.append(f"<dt>{heading}</dt>\n<dd>\n<ul>\n{items}</ul>\n</dd>\n")
    return "".join(parts)
