"""What span of time a chart covers, in the site's clock: read from a person's `--date` and from the page."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from scraper.errors import BadRequest
from scraper.records import Chart

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")  # Korea keeps no summer time, so no time zone database is needed

_SHAPES = {
    Chart.TOP100: "an hour such as 2026-11-24T09",
    Chart.DAY: "a day such as 2026-11-24",
    Chart.WEEK: "any day of the week, such as 2026-11-24",
    Chart.MONTH: "a month such as 2026-11",
}


def period_of(chart: Chart, text: str) -> str:
    """The period that `--date` names for a chart. Raises BadRequest saying which form the chart wants.

    A week runs from Monday to Sunday and is named by any of its days.
    """
    if chart not in _SHAPES:
        raise BadRequest(f"the {chart} chart has no past dates")
    digits = re.sub(r"\D", "", text)
    try:
        if chart is Chart.TOP100:
            return datetime.strptime(_exactly(digits, 10), "%Y%m%d%H").strftime("%Y%m%d%H")
        if chart is Chart.MONTH:
            return datetime.strptime(_exactly(digits[:6], 6), "%Y%m").strftime("%Y%m")
        day = datetime.strptime(_exactly(digits, 8), "%Y%m%d").date()
        return week_of(day) if chart is Chart.WEEK else day.strftime("%Y%m%d")
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{text!r} is no date of the {chart} chart: write {_SHAPES[chart]}") from error


def week_of(day: date) -> str:
    """The week that holds `day`, as `20261123-20261129`. Raises OverflowError for one that ends after the year 9999."""
    monday = day - timedelta(days=day.weekday())
    return f"{monday:%Y%m%d}-{monday + timedelta(days=6):%Y%m%d}"


def shown_period(chart: Chart, text: str, now: datetime) -> str | None:
    """The period that a chart page prints (`2020.08`, `2018.03.12 ~ 2018.03.18`, `2024.06.01 20:00`).

    A page that prints none is dated by `now` where that is certain (an hour's chart), else None.
    """
    days = [year + month + (day or "") for year, month, day in re.findall(r"(\d{4})\.(\d{2})(?:\.(\d{2}))?", text)]
    if chart is Chart.MONTH:
        return days[0][:6] if days else None
    full = [item for item in days if len(item) == 8]
    if chart is Chart.WEEK:
        return f"{full[0]}-{full[1]}" if len(full) >= 2 else None
    if chart is Chart.DAY:
        return full[0] if full else None
    hour = re.search(r"\b(\d{2}):\d{2}", text)
    return full[0] + hour[1] if full and hour else now.astimezone(SEOUL).strftime("%Y%m%d%H")


def _exactly(digits: str, length: int) -> str:
    if len(digits) != length:
        raise ValueError(f"{length} digits wanted")
    return digits
