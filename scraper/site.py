"""Melon's contract: its genres, lists and charts, and the addresses under which they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, urlencode, urlsplit

from scraper.errors import BadRequest
from scraper.records import Chart, Listing, ListKey

PAGE_SIZE = 50  # what the site's own pager asks for
LIKES_PER_CALL = 50
ALL_GENRES = "GN0000"


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre of the site: code, the name used in this project, and the other spellings that people write.

    Names repeat (`랩/힙합` is GN0300 at home and GN1200 abroad), so the code is the identity.
    """

    code: str
    name: str
    spellings: tuple[str, ...] = ()


GENRES: tuple[Genre, ...] = (
    Genre("GN0100", "발라드", ("ballad",)),
    Genre("GN0200", "댄스", ("dance",)),
    Genre("GN0300", "랩/힙합", ("랩", "힙합", "랩(힙합)", "hiphop", "hip-hop", "rap")),
    Genre("GN0400", "R&B/Soul", ("소울", "알앤비", "R&B", "soul", "소울(R&B)", "R&B/소울", "알앤비/소울")),
    Genre("GN0500", "인디", ("인디음악", "indie")),
    Genre("GN0600", "록", ("락", "록/메탈", "락/메탈", "rock", "메탈")),
    Genre("GN0700", "트로트", ("성인가요", "trot")),
    Genre("GN0800", "포크/블루스", ("포크", "folk")),
    Genre("GN0900", "POP"),
    Genre("GN1000", "록/메탈 (해외)"),
    Genre("GN1100", "일렉트로니카 (해외)", ("일렉트로니카",)),
    Genre("GN1200", "랩/힙합 (해외)"),
    Genre("GN1300", "R&B/Soul (해외)"),
    Genre("GN1400", "포크/블루스/컨트리"),
    Genre("GN1500", "OST"),
    Genre("GN1600", "클래식"),
    Genre("GN1700", "재즈"),
    Genre("GN1800", "뉴에이지"),
    Genre("GN1900", "J-POP"),
    Genre("GN2000", "월드뮤직"),
    Genre("GN2100", "CCM"),
    Genre("GN2200", "어린이/태교"),
    Genre("GN2300", "종교음악"),
    Genre("GN2400", "국악"),
)
SEVEN_GENRES = GENRES[:7]

_ORDER = {Listing.STEADY: ("NEW", "Y"), Listing.POPULAR: ("POP", "N"), Listing.NEWEST: ("NEW", "N")}
_CHART_PATHS = {
    Chart.TOP100: "/chart/index.htm",
    Chart.HOT100: "/chart/hot100/index.htm",
    Chart.DAY: "/chart/day/index.htm",
    Chart.WEEK: "/chart/week/index.htm",
    Chart.MONTH: "/chart/month/index.htm",
}


def _squeeze(text: str) -> str:
    return re.sub(r"[\s/()&,·\-]+", "", text).casefold()


_BY_SPELLING: dict[str, Genre] = {}
for _genre in GENRES:
    for _spelling in (_genre.code, _genre.name, *_genre.spellings):
        _BY_SPELLING.setdefault(_squeeze(_spelling), _genre)


def genre(text: str) -> Genre:
    """The genre that `text` names: a code, the site's name, or a common spelling. Raises BadRequest listing the seven."""
    found = _BY_SPELLING.get(_squeeze(text))
    if found is None:
        known = ", ".join(f"{item.name} ({item.code})" for item in SEVEN_GENRES)
        raise BadRequest(f"there is no genre {text!r}; known: {known}, and the site's codes up to {GENRES[-1].code}")
    return found


def sub_genre(text: str, parent: Genre) -> str:
    """A sub-genre's code such as GN0105, checked against its genre. Raises BadRequest."""
    code = text.strip().upper()
    if not re.fullmatch(r"GN\d{4}", code) or code[:4] != parent.code[:4] or code == parent.code:
        raise BadRequest(f"{text!r} is no sub-genre of {parent.name}: its codes run from {parent.code[:4]}01 to {parent.code[:4]}99")
    return code


class Site:
    """Addresses of one site with Melon's paths, under `root` such as `https://www.melon.com`. Raises BadRequest for no such address."""

    def __init__(self, root: str) -> None:
        try:
            parts = urlsplit(root)
            _ = parts.port  # read for its error
        except ValueError as error:
            raise BadRequest(f"the site's address {root!r} cannot be read ({error}): write one such as https://www.melon.com") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"the site's address must begin with http:// or https://, not {root!r}")
        self.root = root.rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """Whether the site runs on this very machine, where no gap between requests is owed."""
        host = urlsplit(self.root).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def list_url(self, key: ListKey, start_index: int = 1) -> str:
        """Address of a list from its row `start_index` (1-based) on; a chart comes whole, whatever the row."""
        if key.chart is not None:
            return self._chart_url(key)
        assert key.listing is not None  # ListKey holds exactly one of the two
        order, steady = _ORDER[key.listing]
        query = {
            "startIndex": start_index,
            "pageSize": PAGE_SIZE,
            "gnrCode": key.genre_code,
            "dtlGnrCode": key.sub_genre_code or "",
            "orderBy": order,
            "steadyYn": steady,
        }
        return f"{self.root}/genre/song_listPaging.htm?{urlencode(query)}"

    def _chart_url(self, key: ListKey) -> str:
        assert key.chart is not None
        query: dict[str, str] = {}
        if key.chart in (Chart.DAY, Chart.WEEK, Chart.MONTH):
            query["classCd"] = key.class_code
        if key.period is not None:
            query |= _period_query(key.chart, key.period)
        return f"{self.root}{_CHART_PATHS[key.chart]}" + (f"?{urlencode(query)}" if query else "")

    def song_url(self, song_id: str) -> str:
        """Address of a song's own page."""
        return f"{self.root}/song/detail.htm?songId={song_id}"

    def likes_url(self, song_ids: Sequence[str]) -> str:
        """Address of the like counts of up to LIKES_PER_CALL songs."""
        return f"{self.root}/commonlike/getSongLike.json?contsIds={','.join(song_ids)}"

    def robots_url(self) -> str:
        """Address of the site's rules for crawlers."""
        return f"{self.root}/robots.txt"


def likes_ids(url: str) -> tuple[str, ...]:
    """The song ids that a `likes_url` asks for, in its order."""
    return tuple(item for item in parse_qs(urlsplit(url).query).get("contsIds", [""])[0].split(",") if item)


def _period_query(chart: Chart, period: str) -> dict[str, str]:
    if chart is Chart.WEEK:
        first, last = period.split("-")
        return {"moved": "Y", "startDay": first, "endDay": last}
    if chart is Chart.MONTH:
        return {"moved": "Y", "rankMonth": period}
    if chart is Chart.DAY:
        return {"moved": "Y", "rankDay": period}
    return {"dayTime": period}
