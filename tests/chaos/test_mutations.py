"""Golden pages, damaged at random in ten thousand ways: every outcome is a clean record or a named error."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.errors import LayoutChanged, ScraperError
from scraper.fields import UI_WORDS
from scraper.pages.listing import ListingPage
from scraper.records import SongDetail
from tests.pages.golden import GoldenPage, load

READABLE = [golden for golden in load() if "record" in golden.expected]
Draw = random.Random


def _cut(html: str, draw: Draw) -> str:
    start = draw.randrange(len(html))
    return html[:start] + html[start + draw.randint(1, 400) :]


def _double(html: str, draw: Draw) -> str:
    start = draw.randrange(len(html))
    end = start + draw.randint(1, 400)
    return html[:end] + html[start:end] + html[end:]


def _end(html: str, draw: Draw) -> str:
    return html[: draw.randrange(len(html))]


def _noise(html: str, draw: Draw) -> str:
    place = draw.randrange(len(html))
    noise = "".join(draw.choice("<>\"'&;=/-! \x00\ud800\ufffd가a1") for _ in range(draw.randint(1, 12)))
    return html[:place] + noise + html[place:]


def _rename(html: str, draw: Draw) -> str:
    names = re.findall(r'class="([\w-]+)', html)
    return html.replace(draw.choice(names), "renamed") if names else html


def _drop_tag(html: str, draw: Draw) -> str:
    found = list(re.finditer(r"<[^<>]+>", html))
    tag = draw.choice(found) if found else None
    return html[: tag.start()] + html[tag.end() :] if tag else html


def _drop_attribute(html: str, draw: Draw) -> str:
    found = list(re.finditer(r'\s[\w-]+="[^"]*"', html))
    attribute = draw.choice(found) if found else None
    return html[: attribute.start()] + html[attribute.end() :] if attribute else html


def _drop_element(html: str, draw: Draw) -> str:
    tree = LexborHTMLParser(html)
    body = tree.css("body *")
    if body:
        draw.choice(body).decompose()
    return tree.html or ""


def _swap(html: str, draw: Draw) -> str:
    first, second = sorted(draw.sample(range(len(html)), 2))
    return html[:first] + html[second] + html[first + 1 : second] + html[first] + html[second + 1 :]


def _blank_text(html: str, draw: Draw) -> str:
    found = list(re.finditer(r">[^<>\s][^<>]*<", html))
    text = draw.choice(found) if found else None
    return f"{html[: text.start()]}><{html[text.end() :]}" if text else html


MUTATIONS: list[Callable[[str, Draw], str]] = [
    _cut, _double, _end, _noise, _rename, _drop_tag, _drop_attribute, _drop_element, _swap, _blank_text,
]  # fmt: skip


def _assert_clean(record: ListingPage | SongDetail) -> None:
    songs = record.rows if isinstance(record, ListingPage) else (record,)
    assert len({song.song_id for song in songs}) == len(songs)
    for song in songs:
        assert song.title.strip()
        assert song.artists
        assert all(artist.name.strip() for artist in song.artists)
        assert not UI_WORDS.intersection({song.title, *(artist.name for artist in song.artists)})
    if isinstance(record, SongDetail) and record.lyrics is not None:
        assert record.lyrics.strip()
        assert not UI_WORDS.intersection(record.lyrics.splitlines())


def _mutate(count: int, seed: int) -> Counter[str]:
    draw, outcomes = random.Random(seed), Counter[str]()
    for number in range(count):
        golden = draw.choice(READABLE)
        html = golden.html
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            html = draw.choice(MUTATIONS)(html, draw) if len(html) > 500 else html
        try:
            _assert_clean(golden.read(html))
            outcomes["read"] += 1
        except ScraperError as error:
            outcomes[type(error).__name__] += 1
        except Exception as error:
            error.add_note(f"mutation {number} of seed {seed}, page {golden.name}")
            raise
    return outcomes


def test_a_damaged_page_gives_a_clean_record_or_a_named_error() -> None:
    outcomes = _mutate(1_000, seed=1)
    assert outcomes["read"] > 100
    assert outcomes["LayoutChanged"] > 100


@pytest.mark.slow
def test_ten_thousand_damaged_pages_give_clean_records_or_named_errors() -> None:
    outcomes = _mutate(10_000, seed=2026)
    assert sum(outcomes.values()) == 10_000
    print(dict(outcomes))


@dataclass(frozen=True)
class Removal:
    """A way to take a required field off a page: all places where it stands in one record."""

    kind: str
    field: str
    selectors: tuple[str, ...]


REMOVALS = [
    Removal("listing", "title", (".rank01", "a.fc_gray")),
    Removal("listing", "artist", (".rank02", "#artistName")),
    Removal(
        "listing", "mark and id", ("input[name=input_check]", "button.like", "a.song_info", "a.btn_icon_detail", ".rank01 a", "a.fc_gray")
    ),
    Removal("song", "title", (".song_name",)),
    Removal("song", "artist", (".artist",)),
    Removal("song", "lyrics or their reason", ("#d_video_summary", ".lyric", ".lyric_none")),
    Removal("song", "lyric section", (".section_lyric > *",)),
]


def _without(golden: GoldenPage, removal: Removal, draw: Draw) -> str | None:
    """The page with the field removed from one record, or with one of its classes renamed everywhere; None where it has no such field."""
    tree = LexborHTMLParser(golden.html)
    if draw.random() < 0.3:
        names = [selector[1:] for selector in removal.selectors if re.fullmatch(r"\.[\w-]+", selector) and selector[1:] in golden.html]
        if names and not (golden.kind == "song" and names[0] == "artist"):
            return re.sub(rf"\b{re.escape(draw.choice(names))}\b", "renamed", golden.html)
    scopes = (
        [row for row in tree.css("tbody tr") if row.css_first("input[name=input_check]")] if removal.kind == "listing" else tree.css("body")
    )
    if not scopes:
        return None
    scope, removed = draw.choice(scopes), False
    for selector in removal.selectors:
        for node in scope.css(selector):
            node.decompose()
            removed = True
    scope.attrs["data-song-no"] = ""
    return (tree.html or "") if removed else None


def _remove_required(count: int, seed: int) -> tuple[int, list[str]]:
    draw, tried, missed = random.Random(seed), 0, []
    while tried < count:
        golden, removal = draw.choice(READABLE), draw.choice(REMOVALS)
        if golden.kind != removal.kind or golden.name == "song_instrumental":
            continue
        html = _without(golden, removal, draw)
        if html is None or html == golden.html:
            continue
        tried += 1
        try:
            if golden.read(html) != golden.read():  # the same record from another of its sources is as good
                missed.append(f"{golden.name}: {removal.field}")
        except LayoutChanged:
            pass
    return tried, missed


@pytest.mark.parametrize("count", [500, pytest.param(5_000, marks=pytest.mark.slow)])
def test_a_page_without_a_required_field_raises(count: int) -> None:
    tried, missed = _remove_required(count, seed=7)
    assert len(missed) <= tried * 0.01, Counter(missed)
