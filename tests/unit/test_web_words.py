"""Small parts of the screen: words with their particles, safe addresses, the cake, the calendar."""

from __future__ import annotations

from datetime import date, datetime
from xml.etree import ElementTree

import pytest

from reumi.web.artwork import cake
from reumi.web.cards import NO_COVER, safe_picture, youtube_url
from reumi.web.days_page import month_table
from reumi.web.diary_store import DiaryEntry
from reumi.web.words import feeling, list_title
from tagging.emotions import LABELS


def shares(**given: float) -> dict[str, float]:
    rest = (1 - sum(given.values())) / (7 - len(given))
    return {label: given.get(label, rest) for label in LABELS}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"슬픔": 0.8}, "슬픔이에요"),
        ({"분노": 0.8}, "분노예요"),
        ({"슬픔": 0.45, "분노": 0.4}, "슬픔과 분노가 함께 있어요"),
        ({"공포": 0.45, "행복": 0.4}, "공포와 행복이 함께 있어요"),
    ],
)
def test_feelings_are_spoken_with_the_right_particles(given: dict[str, float], words: str) -> None:
    assert feeling(shares(**given)) == words


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:image/svg+xml,<svg/>", "", None, "//cdn/x.jpg", "http://", "http://[bad", "ftp://a/b"]
)
def test_only_web_addresses_become_covers(address: str | None) -> None:
    assert safe_picture(address) == NO_COVER


def test_a_covers_address_cannot_leave_its_attribute() -> None:
    assert '"' not in safe_picture('https://cdn/x.jpg"onload="alert(1)')
    assert safe_picture("https://cdn/x.jpg?a=1&b=2") == "https://cdn/x.jpg?a=1&amp;b=2"


def test_any_title_can_be_searched_for() -> None:
    assert youtube_url("a&b=<c>", "\ud800가수").startswith("https://www.youtube.com/results?search_query=a%26b%3D%3Cc%3E+")


@pytest.mark.parametrize("given", [{"행복": 1.0}, {"중립": 1.0}, {}])
def test_the_cake_is_whole_whatever_the_shares(given: dict[str, float]) -> None:
    picture = ElementTree.fromstring(cake(shares(**given)))
    layers = picture.findall(".//{http://www.w3.org/2000/svg}g[@stroke-width='.8']/*")
    assert len(layers) == 7


def test_lists_have_names_for_people() -> None:
    assert list_title("genre/GN0100/steady", {"GN0100": "발라드"}) == "발라드 스테디셀러"
    assert list_title("chart/top100/GN0000", {}) == "TOP100 차트"
    assert list_title("something", {}) == "something"


def test_a_month_begins_on_its_weekday_and_shows_the_newest_entry() -> None:
    entry = DiaryEntry(1, datetime(2026, 11, 24, 21), "글", "슬픔", {}, [])
    table = month_table(date(2026, 11, 1), {date(2026, 11, 24): [entry, entry]})
    assert table.count("<tr>") == 6
    assert "<tbody><tr><td><span>1</span></td>" in table
    assert "<span>24</span>" in table.split('class="written">')[1]
    assert "슬픔 <small>+1</small>" in table
    assert ">31<" not in table
