"""The site's addresses: from a request to an answer, without any network."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from reumi.replica.answer import SVG, Answer, page
from reumi.replica.catalogue import Song, load_songs
from reumi.replica.charts import CHARTS
from reumi.replica.covers import NO_COVER, cover, portrait
from reumi.replica.faults import Faults
from reumi.replica.filler import filler_songs
from reumi.replica.html.failures import not_found_page, overloaded_page
from reumi.replica.html.redesign import RENAMED, rename
from reumi.replica.likes import likes_answer
from reumi.replica.listings import Listings
from reumi.replica.robots import ROBOTS
from reumi.replica.views import BadQuery, Views

_COVER = re.compile(r"/(?:cm|cm2)/album/images/\d{3}/\d{2}/\d{3}/(\d+)(?:_\d)?(?:_\d{14})?_\d+\.jpg(?:/melon/.*)?")
_PORTRAIT = re.compile(r"/(?:cm|cm2)/artistcrop/images/\d{3}/\d{2}/\d{3}/(\d+)_\d+\.jpg(?:/melon/.*)?")
_STATIC = {
    "/resource/script/common/historypager.js": ("historypager.js", "text/javascript;charset=UTF-8"),
    "/resource/script/web/common/melonweb_comm.js": ("melonweb_comm.js", "text/javascript;charset=UTF-8"),
    "/resource/style/web/common/melonweb_comm.css": ("melonweb_comm.css", "text/css;charset=UTF-8"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What the site looks at: path, query (last value of each name), the replica's root URL, its clock, its faults."""

    path: str
    query: Mapping[str, str]
    base: str
    now: datetime
    faults: Faults


class Site:
    """All songs and pages of the replica."""

    def __init__(self, *, filler: int = 0, robots: str = "open") -> None:
        self.songs: dict[str, Song] = {**load_songs(), **{song.song_id: song for song in filler_songs(filler)}}
        self._robots = ROBOTS[robots]
        self._feelings: dict[str, str] = {}
        for song in load_songs().values():
            self._feelings.setdefault(song.album_id, song.emotions[0] if song.emotions else "중립")
        views = Views(self.songs, Listings(self.songs.values()))
        self._routes: dict[str, Callable[[Request], str]] = {
            "/": views.home,
            "/genre/song_list.htm": views.genre,
            "/genre/song_listPaging.htm": views.genre_paging,
            "/new/index.htm": views.new,
            "/new/listPaging.htm": views.new_paging,
            "/song/detail.htm": views.song,
            "/album/detail.htm": views.album,
            "/artist/detail.htm": views.artist,
            "/chart/informBestRecmdSong.htm": views.promoted,
            "/chart/age/list.htm": views.year_chart,
            **dict.fromkeys(CHARTS, views.chart),
        }

    def answer(self, request: Request) -> Answer:
        """Answer a request as a healthy site would, in the chosen layout."""
        if request.path == "/commonlike/getSongLike.json":
            return likes_answer(request.query.get("contsIds", ""), self.songs, request.now, request.faults)
        if request.path in self._routes:
            try:
                html = self._routes[request.path](request)
            except BadQuery:
                return page(overloaded_page(), 500)
            return page(_redesigned(html, request.faults))
        return self._other(request)

    def _other(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            status = request.faults.robots_status or 200
            return Answer(status, "text/plain;charset=UTF-8", self._robots if status == 200 else "")
        if request.path in _STATIC:
            name, kind = _STATIC[request.path]
            return Answer(200, kind, _static(name))
        if picture := _COVER.fullmatch(request.path):
            return Answer(200, SVG, cover(picture[1], self._feelings.get(picture[1], "중립")), headers={"Cache-Control": "max-age=86400"})
        if person := _PORTRAIT.fullmatch(request.path):
            return Answer(200, SVG, portrait(person[1]), headers={"Cache-Control": "max-age=86400"})
        if request.path.startswith("/resource/image/"):
            return Answer(200, SVG, NO_COVER)
        return Answer(404, "text/html;charset=UTF-8", not_found_page())


def _redesigned(html: str, faults: Faults) -> str:
    if faults.layout == "v2":
        html = rename(html, RENAMED)
    if faults.rename:
        html = rename(html, {faults.rename: f"{faults.rename}_new"})
    return html


@cache
def _static(name: str) -> str:
    return (files("reumi.replica") / "static" / name).read_text(encoding="utf-8")
