"""Which lists a person asked for, in the words of the command line, as list keys of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from scraper.errors import BadRequest
from scraper.periods import period_of
from scraper.reader import Extent
from scraper.records import Chart, Listing, ListKey
from scraper.site import PAGE_SIZE, SEVEN_GENRES, Genre, genre, sub_genre


@dataclass(frozen=True, slots=True)
class Selection:
    """Genres (any spelling), listings, charts, sub-genre codes, and a past date for the charts. All empty: the default lists."""

    genres: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    charts: tuple[Chart, ...] = ()
    sub_genres: tuple[str, ...] = ()
    date: str | None = None
    limit: int | None = None
    all_rows: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for, so that the default applies."""
        return not (self.genres or self.listings or self.charts or self.sub_genres)

    def lists(self) -> tuple[ListKey, ...]:
        """The lists, each once, in the order of reading. Raises BadRequest for a genre, sub-genre or date that does not exist.

        Nothing asked for: the steady sellers and the popular songs of all seven genres, and the TOP100.
        """
        if self.is_empty:
            return Selection(
                genres=tuple(item.code for item in SEVEN_GENRES), charts=(Chart.TOP100,), date=self.date, limit=self.limit
            ).lists()
        if self.date is not None and not self.charts:
            raise BadRequest("--date names the past of a chart: give --chart too, since genre lists have no past")
        keys = [*self._genre_lists(), *(self._chart(chart) for chart in self.charts)]
        return tuple(dict.fromkeys(keys))

    def _genre_lists(self) -> list[ListKey]:
        listings = self.listings or (Listing.STEADY, Listing.POPULAR)
        wanted: list[tuple[Genre, str | None]] = [(genre(text), None) for text in self.genres]
        for code in self.sub_genres:
            parent = genre(f"{code.strip()[:4]}00")
            wanted.append((parent, sub_genre(code, parent)))
        if not wanted and self.listings:
            wanted = [(item, None) for item in SEVEN_GENRES]
        return [ListKey(genre_code=found.code, sub_genre_code=sub, listing=listing) for found, sub in wanted for listing in listings]

    def _chart(self, chart: Chart) -> ListKey:
        return ListKey(chart=chart, period=None if self.date is None else period_of(chart, self.date))

    def extent(self, refresh_details: timedelta) -> Extent:
        """How far the lists are read: 50 rows of a genre list and all of a chart, unless a limit, or all, is asked for."""
        if self.all_rows:
            return Extent(None, None, refresh_details)
        return Extent(self.limit or PAGE_SIZE, self.limit, refresh_details)


def plan_of(lists: Sequence[ListKey], extent: Extent, site_root: str, source: str) -> dict[str, Any]:
    """What makes two runs the same run: a stopped run is continued only by the same plan. `source` is `site` or `replay`."""
    return {
        "site": site_root,
        "source": source,
        "lists": [f"{key}/{key.period}" if key.period else str(key) for key in lists],
        "genre_rows": extent.genre_rows,
        "chart_rows": extent.chart_rows,
        "refresh_days": extent.refresh_details.total_seconds() / 86_400,
    }


def lists_of(plan: Mapping[str, Any]) -> tuple[tuple[ListKey, ...], Extent]:
    """The lists and the extent that a plan was made of."""
    extent = Extent(plan["genre_rows"], plan["chart_rows"], timedelta(days=plan["refresh_days"]))
    return tuple(list_key(name) for name in plan["lists"]), extent


def list_key(name: str) -> ListKey:
    """The list that a stored name such as `genre/GN0105/steady` or `chart/day/GN0000/20261124` stands for."""
    kind, code, what, *period = name.split("/")
    if kind == "chart":
        return ListKey(chart=Chart(code), class_code=what, period=period[0] if period else None)
    sub = None if code.endswith("00") else code
    return ListKey(genre_code=f"{code[:4]}00", sub_genre_code=sub, listing=Listing(what))
