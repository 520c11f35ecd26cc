from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.errors import BadRequest
from scraper.periods import period_of, shown_period
from scraper.records import Chart, Listing, ListKey
from scraper.site import SEVEN_GENRES, Site, genre, likes_ids, sub_genre

SITE = Site("https://www.melon.com/")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("발라드", "GN0100"), ("댄스", "GN0200"), ("랩/힙합", "GN0300"), ("랩(힙합)", "GN0300"), ("힙합", "GN0300"),
        ("R&B/Soul", "GN0400"), ("소울(R&B)", "GN0400"), ("R&B / Soul", "GN0400"), ("인디", "GN0500"), ("인디음악", "GN0500"),
        ("락", "GN0600"), ("록", "GN0600"), ("록/메탈", "GN0600"), ("트로트", "GN0700"), ("gn0500", "GN0500"), ("OST", "GN1500"),
    ],
)  # fmt: skip
def test_a_genre_is_known_by_every_spelling(text: str, code: str) -> None:
    assert genre(text).code == code


def test_the_seven_genres_carry_the_projects_names() -> None:
    assert [item.name for item in SEVEN_GENRES] == ["발라드", "댄스", "랩/힙합", "R&B/Soul", "인디", "록", "트로트"]


def test_an_unknown_genre_names_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="발라드"):
        genre("폴카")


def test_a_sub_genre_belongs_to_its_genre() -> None:
    assert sub_genre("gn0105", genre("발라드")) == "GN0105"
    for wrong in ("GN0205", "GN0100", "0105", ""):
        with pytest.raises(BadRequest):
            sub_genre(wrong, genre("발라드"))


@pytest.mark.parametrize(
    ("listing", "query"),
    [(Listing.STEADY, "orderBy=NEW&steadyYn=Y"), (Listing.POPULAR, "orderBy=POP&steadyYn=N"), (Listing.NEWEST, "orderBy=NEW&steadyYn=N")],
)
def test_a_genre_list_is_read_from_the_paging_address(listing: Listing, query: str) -> None:
    url = SITE.list_url(ListKey(genre_code="GN0200", listing=listing), 51)
    assert url == f"https://www.melon.com/genre/song_listPaging.htm?startIndex=51&pageSize=50&gnrCode=GN0200&dtlGnrCode=&{query}"


@pytest.mark.parametrize(
    ("chart", "period", "path"),
    [
        (Chart.TOP100, None, "/chart/index.htm"),
        (Chart.TOP100, "2026112409", "/chart/index.htm?dayTime=2026112409"),
        (Chart.HOT100, None, "/chart/hot100/index.htm"),
        (Chart.DAY, "20261124", "/chart/day/index.htm?classCd=GN0000&moved=Y&rankDay=20261124"),
        (Chart.WEEK, "20180312-20180318", "/chart/week/index.htm?classCd=GN0000&moved=Y&startDay=20180312&endDay=20180318"),
        (Chart.MONTH, "202007", "/chart/month/index.htm?classCd=GN0000&moved=Y&rankMonth=202007"),
    ],
)
def test_a_chart_has_its_address_now_and_in_the_past(chart: Chart, period: str | None, path: str) -> None:
    assert SITE.list_url(ListKey(chart=chart, period=period)) == f"https://www.melon.com{path}"


def test_the_ids_of_a_like_call_are_read_back_from_its_address() -> None:
    assert likes_ids(SITE.likes_url(["1", "22", "333"])) == ("1", "22", "333")


@pytest.mark.parametrize(
    ("root", "loopback"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("https://www.melon.com", False),
        ("http://127.evil.com", False),
    ],
)
def test_only_this_machine_is_loopback(root: str, loopback: bool) -> None:
    assert Site(root).is_loopback is loopback


@pytest.mark.parametrize("root", ["www.melon.com", "http://", "http://[::1", "http://localhost:abc", "http://localhost:99999"])
def test_what_is_no_address_is_refused(root: str) -> None:
    with pytest.raises(BadRequest, match="the site's address"):
        Site(root)


@pytest.mark.parametrize(
    ("chart", "text", "period"),
    [
        (Chart.DAY, "2026-11-24", "20261124"),
        (Chart.WEEK, "2018.03.14", "20180312-20180318"),
        (Chart.MONTH, "2020-08", "202008"),
        (Chart.MONTH, "2020-08-15", "202008"),
        (Chart.TOP100, "2026-11-24T09", "2026112409"),
    ],
)
def test_a_persons_date_becomes_the_charts_period(chart: Chart, text: str, period: str) -> None:
    assert period_of(chart, text) == period


@pytest.mark.parametrize(
    ("chart", "text"),
    [
        (Chart.DAY, "2026-13-01"),
        (Chart.DAY, "yesterday"),
        (Chart.TOP100, "2026-11-24"),
        (Chart.HOT100, "2026-11-24"),
        (Chart.WEEK, "9999-12-31"),
    ],
)
def test_a_date_that_a_chart_cannot_have_is_refused(chart: Chart, text: str) -> None:
    with pytest.raises(BadRequest):
        period_of(chart, text)


@pytest.mark.parametrize(
    ("chart", "text", "period"),
    [
        (Chart.MONTH, "2020.08 달력보기", "202008"),
        (Chart.WEEK, "2018.03.12 ~ 2018.03.18", "20180312-20180318"),
        (Chart.DAY, "2026.11.23", "20261123"),
        (Chart.TOP100, "2026.11.24 21:00", "2026112421"),
        (Chart.TOP100, "", "2026112500"),
        (Chart.DAY, "", None),
    ],
)
def test_a_charts_period_is_what_the_page_prints(chart: Chart, text: str, period: str | None) -> None:
    assert shown_period(chart, text, datetime(2026, 11, 24, 15, 30, tzinfo=UTC)) == period
