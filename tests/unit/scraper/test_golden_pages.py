"""Every golden page reads as its folder says."""

from __future__ import annotations

import pytest

from scraper.errors import LayoutChanged
from tests.pages.golden import GoldenPage, load

PAGES = load()


@pytest.mark.parametrize("golden", PAGES, ids=lambda golden: golden.name)
def test_a_golden_page_gives_its_stored_outcome(golden: GoldenPage) -> None:
    assert golden.outcome() == golden.expected


@pytest.mark.parametrize("name", ["rank01", "rank02", "input_check", "d_song_list"])
def test_a_renamed_class_of_a_list_never_gives_an_empty_list(name: str) -> None:
    page = next(golden for golden in PAGES if golden.name == "genre_page")
    damaged = page.html.replace(name, f"{name}_renamed")
    if name == "d_song_list":  # other marks of the page remain
        assert len(page.read(damaged).rows) == 7
    else:
        with pytest.raises(LayoutChanged):
            page.read(damaged)


@pytest.mark.parametrize("name", ["song_name", "artist", "section_lyric", "d_video_summary lyric"])
def test_a_renamed_class_of_a_song_page_is_named(name: str) -> None:
    page = next(golden for golden in PAGES if golden.name == "song_plain")
    damaged = page.html
    for word in name.split():
        damaged = damaged.replace(f'"{word}', f'"{word}_renamed')
    with pytest.raises(LayoutChanged) as caught:
        page.read(damaged)
    assert page.url in str(caught.value)
    assert caught.value.selector


def test_the_rank_of_a_lost_first_row_is_not_taken_for_a_promotion() -> None:
    page = next(golden for golden in PAGES if golden.name == "genre_page")
    damaged = page.html.replace('<span class="rank ">1</span>', "")
    with pytest.raises(LayoutChanged, match="rank"):
        page.read(damaged)


def test_a_page_that_counts_its_rows_from_one_again_is_ranked_by_position() -> None:
    page = next(golden for golden in PAGES if golden.name == "genre_fragment_second")
    rows = page.read(page.html.replace(">51<", ">1<").replace(">52<", ">2<")).rows
    assert [(row.rank, row.rank_shown) for row in rows] == [(51, False), (52, False)]
