"""Which songs stand on which page. Each view turns a request into HTML, or raises BadQuery for one that the site chokes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from reumi.replica.catalogue import Song
from reumi.replica.charts import CHARTS, BadPeriod, ChartRow, Period, chart_rows, period_of
from reumi.replica.clock import draw
from reumi.replica.genres import CHART_CLASSES, GENRES, SONG_GENRES
from reumi.replica.html import chart as charts_html
from reumi.replica.html import genre as lists_html
from reumi.replica.html import old as old_html
from reumi.replica.html.pages import home_page, song_group_page
from reumi.replica.html.rows import RowStyle, promoted_row
from reumi.replica.html.song import missing_page, song_page
from reumi.replica.html.text import Links
from reumi.replica.listings import Listings

if TYPE_CHECKING:
    from reumi.replica.site import Request

PAGE_SIZE = 50
LARGEST_PAGE = 1000


class BadQuery(ValueError):
    """A query that the real site answers with its error page."""


class Views:
    """The pages over one set of songs."""

    def __init__(self, songs: Mapping[str, Song], listings: Listings) -> None:
        self._songs = songs
        self._listings = listings
        self._rows = lru_cache(maxsize=400)(self._chart_rows)

    def home(self, request: Request) -> str:
        """A front page with links into everything."""
        return home_page(SONG_GENRES, len(self._songs), request.now)

    def genre(self, request: Request) -> str:
        """A genre's page with its first 50 rows. Like the real page it starts with the newest songs whatever `orderBy` says."""
        code, sub_code, steady = _genre_query(request)
        query = {**request.query, "startIndex": "1", "pageSize": str(PAGE_SIZE), "orderBy": "NEW"}
        fragment = self._genre_fragment(request, query)
        return lists_html.genre_page(code, sub_code, steady, fragment, block="pageList" if request.faults.layout == "old" else "songList")

    def genre_paging(self, request: Request) -> str:
        """The fragment with one page of a genre's list."""
        return self._genre_fragment(request, request.query)

    def new(self, request: Request) -> str:
        """The newest songs of all genres."""
        area = request.query.get("areaFlg", "I")
        return lists_html.new_page(area, self._new_fragment(request, {"areaFlg": area}))

    def new_paging(self, request: Request) -> str:
        """The fragment with one page of the newest songs."""
        return self._new_fragment(request, request.query)

    def song(self, request: Request) -> str:
        """A song's page; the missing-song page for an id that is unknown or gone."""
        song = self._songs.get(request.query.get("songId", ""))
        if song is None or song.gone:
            return missing_page()
        similar: Sequence[Song] = ()
        if not song.filler and draw(song.song_id, "similar") < 0.34:
            popular = self._listings.genre(song.genre_code, "", "POP", False, request.now)
            similar = [other for other in popular if other.song_id != song.song_id][:5]
        return song_page(song, Links(request.base), similar)

    def album(self, request: Request) -> str:
        """The songs of an album."""
        album_id = request.query.get("albumId", "")
        songs = [song for song in self._songs.values() if song.album_id == album_id]
        return song_group_page(songs[0].album, songs, Links(request.base)) if songs else missing_page("album")

    def artist(self, request: Request) -> str:
        """The songs of an artist."""
        artist_id = request.query.get("artistId", "")
        songs = [song for song in self._songs.values() if artist_id in song.artist_ids]
        if not songs:
            return missing_page("artist")
        return song_group_page(songs[0].artists[songs[0].artist_ids.index(artist_id)], songs, Links(request.base))

    def chart(self, request: Request) -> str:
        """A chart page, or with `moved=Y` the fragment of a past period."""
        kind, faults = CHARTS[request.path], request.faults
        class_code = request.query.get("classCd") or "GN0000"
        if class_code not in CHART_CLASSES:
            raise BadQuery(class_code)
        try:
            period = period_of(kind, request.query, request.now)
        except BadPeriod as error:
            raise BadQuery(str(error)) from error
        ahead = period.start > request.now
        rows = () if ahead or faults.no_rows else self._rows(kind.path, class_code, period)
        links = Links(request.base, real=faults.layout in ("modern", "v2"))
        hidden = faults.layout == "2018"
        if faults.layout == "old":
            fragment = old_html.old_chart_fragment(rows, kind.menu_id, links)
        else:
            style = RowStyle(links, kind.menu_id, bell=hidden)
            fragment = charts_html.chart_fragment(rows, style, hits24=faults.hits24, hidden=hidden, promoted=faults.promoted)
        if request.query.get("moved") == "Y":
            return fragment
        return charts_html.chart_page(kind, class_code, period, fragment, hidden=hidden)

    def promoted(self, request: Request) -> str:
        """The recommended row that a script fetches; nothing unless switched on."""
        if not request.faults.promoted:
            return ""
        popular = self._listings.genre("GN0500", "", "POP", False, request.now)
        style = RowStyle(Links(request.base, real=True), request.query.get("menuId", "1000002721"))
        return promoted_row(popular[-1], style) if popular else ""

    def year_chart(self, request: Request) -> str:
        """A year's chart, which the site still writes in the old layout."""
        if request.query.get("chartType") != "YE" or not request.query.get("chartDate", "").isdigit():
            raise BadQuery("chartType and chartDate")
        kind = CHARTS["/chart/month/index.htm"]
        period = period_of(kind, {"rankMonth": f"{int(request.query['chartDate']):04d}12"}, request.now)
        return old_html.old_chart_fragment(self._rows(kind.path, "GN0000", period), "19041501", Links(request.base))

    def _chart_rows(self, path: str, class_code: str, period: Period) -> tuple[ChartRow, ...]:
        return tuple(chart_rows(CHARTS[path], class_code, self._songs.values(), period))

    def _genre_fragment(self, request: Request, query: Mapping[str, str]) -> str:
        code, sub_code, steady = _genre_query(request)
        order = query.get("orderBy") or "NEW"
        if order not in ("NEW", "POP"):
            raise BadQuery(order)
        start, size = _window(request, query)
        songs = () if request.faults.no_rows else self._listings.genre(code, sub_code, order, steady, request.now)
        shown = songs[start - 1 : start - 1 + size]
        links, menu_id = Links(request.base), lists_html.menu_id(code)
        if request.faults.layout == "old":
            return old_html.old_list_fragment(shown, len(songs), start, size, order, menu_id, links)
        style = RowStyle(links, menu_id, bell=request.faults.layout == "2018")
        return lists_html.list_fragment(shown, len(songs), start, size, order, steady, style)

    def _new_fragment(self, request: Request, query: Mapping[str, str]) -> str:
        foreign = query.get("areaFlg") == "O"
        songs = () if foreign or request.faults.no_rows else self._listings.newest(request.now)
        start, size = _window(request, query)
        return lists_html.new_fragment(songs[start - 1 : start - 1 + size], len(songs), start, size, Links(request.base))


def _genre_query(request: Request) -> tuple[str, str, bool]:
    code = request.query.get("gnrCode", "")
    sub_code = request.query.get("dtlGnrCode", "")
    if code not in GENRES or (sub_code and sub_code[:4] != code[:4]):
        raise BadQuery(code)
    return code, sub_code, request.query.get("steadyYn") == "Y"


def _window(request: Request, query: Mapping[str, str]) -> tuple[int, int]:
    try:
        start, size = int(query.get("startIndex") or 1), int(query.get("pageSize") or PAGE_SIZE)
    except ValueError as error:
        raise BadQuery(str(error)) from error
    if start < 1 or size < 1:
        raise BadQuery(f"{start}, {size}")
    return (1 if request.faults.repeat_page else start), min(size, LARGEST_PAGE)
