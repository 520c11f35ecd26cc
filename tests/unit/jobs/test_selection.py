from __future__ import annotations

from datetime import timedelta

import pytest

from reumi.jobs.selection import Selection, list_key, lists_of, plan_of
from scraper.errors import BadRequest
from scraper.records import Chart, Listing

MONTH = timedelta(days=30)


def names(selection: Selection) -> list[str]:
    return [str(key) for key in selection.lists()]


def test_nothing_asked_for_means_all_seven_genres_and_the_top100() -> None:
    found = names(Selection())
    assert len(found) == 15
    assert found[:2] == ["genre/GN0100/steady", "genre/GN0100/popular"]
    assert found[-1] == "chart/top100/GN0000"


def test_a_genre_alone_means_its_steady_and_popular_songs() -> None:
    assert names(Selection(genres=("락",))) == ["genre/GN0600/steady", "genre/GN0600/popular"]


def test_a_listing_alone_means_that_list_of_all_seven_genres() -> None:
    assert len(names(Selection(listings=(Listing.NEWEST,)))) == 7


def test_a_chart_alone_means_no_genre_list() -> None:
    assert names(Selection(charts=(Chart.DAY,))) == ["chart/day/GN0000"]


def test_lists_named_twice_are_read_once() -> None:
    assert names(Selection(genres=("발라드", "GN0100"), listings=(Listing.STEADY,))) == ["genre/GN0100/steady"]


def test_a_sub_genre_brings_its_genre_along() -> None:
    [key] = Selection(sub_genres=("GN0105",), listings=(Listing.POPULAR,)).lists()
    assert (key.genre_code, key.sub_genre_code, str(key)) == ("GN0100", "GN0105", "genre/GN0105/popular")


def test_a_date_belongs_to_charts() -> None:
    [key] = Selection(charts=(Chart.MONTH,), date="2020-08").lists()
    assert key.period == "202008"
    with pytest.raises(BadRequest, match="--chart"):
        Selection(genres=("발라드",), date="2020-08").lists()


@pytest.mark.parametrize(
    ("selection", "rows"),
    [
        (Selection(), (50, None)),
        (Selection(limit=5), (5, 5)),
        (Selection(all_rows=True), (None, None)),
        (Selection(limit=5, all_rows=True), (None, None)),
    ],
)
def test_a_limit_holds_for_charts_only_when_it_is_asked_for(selection: Selection, rows: tuple[int | None, int | None]) -> None:
    extent = selection.extent(MONTH)
    assert (extent.genre_rows, extent.chart_rows) == rows


def test_a_plan_gives_back_the_lists_it_was_made_of() -> None:
    selection = Selection(genres=("발라드",), sub_genres=("GN0305",), charts=(Chart.WEEK,), date="2018-03-14", limit=70)
    extent = selection.extent(timedelta(hours=12))
    assert lists_of(plan_of(selection.lists(), extent, "https://x", "site")) == (selection.lists(), extent)


def test_the_same_lists_in_other_spellings_are_the_same_plan() -> None:
    one, other = (Selection(genres=(name,)) for name in ("힙합", "GN0300"))
    assert plan_of(one.lists(), one.extent(MONTH), "s", "site") == plan_of(other.lists(), other.extent(MONTH), "s", "site")


def test_a_stored_name_is_a_list_again() -> None:
    assert list_key("chart/top100/GN0000/2026112421").period == "2026112421"
    assert list_key("genre/GN0105/newest").sub_genre_code == "GN0105"
