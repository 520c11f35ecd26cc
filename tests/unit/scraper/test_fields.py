from __future__ import annotations

from datetime import date

import pytest

from scraper import fields
from scraper.errors import LayoutChanged


@pytest.mark.parametrize(
    ("text", "number"),
    [("158,398", 158398), ("0", 0), ("9,999,999+", 9999999), (" 7 ", 7), ("", None), ("좋아요", None), ("1,2", None), ("-3", None)],
)
def test_a_printed_count_is_a_number_or_unknown(text: str, number: int | None) -> None:
    assert fields.count(text) == number


def test_text_is_composed_and_its_spaces_are_single() -> None:
    assert fields.clean("\u1100\u1161\xa0나\n  다\x00") == "가 나 다"


def test_lone_surrogates_reach_neither_the_parser_nor_a_field() -> None:
    assert fields.clean("가\ud800나") == "가나"
    assert fields.parse("<p>\udc00</p>").css_first("p") is not None


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("javascript:melon.link.goArtistDetail('751611')", "751611"),
        ("javascript:melon.link.goArtistDetail(751611)", "751611"),
        ("/artist/detail.htm?artistId=751611", "751611"),
        ("/artist/detail.htm?x=1&artistId=751611", "751611"),
        ("javascript:melon.link.goAlbumDetail('1')", None),
        ("", None),
    ],
)
def test_an_artist_id_is_found_in_every_form_of_link(link: str, found: str | None) -> None:
    assert fields.linked_id("Artist", link) == found


@pytest.mark.parametrize(
    ("source", "cover"),
    [
        ("https://h/cm2/album/images/1_500.jpg/melon/resize/120/quality/80/optimize", "https://h/cm2/album/images/1_500.jpg"),
        ("http://h/1_500.jpg?9f3f84a18af60eba11828afcf1ffd1fd/melon/quality/80/optimize", "http://h/1_500.jpg"),
        ("http://h/x_500.jpg\n\n/melon/resize/60", "http://h/x_500.jpg"),
        ("/covers/7.svg", "https://www.melon.com/covers/7.svg"),
        ("http://cdnimg.melon.co.krnull\n/melon/resize/60", None),
        ("http://h/resource/image/web/default/noAlbum_80.jpg", None),
        ("", None),
    ],
)
def test_a_cover_is_the_stored_original_or_none(source: str, cover: str | None) -> None:
    assert fields.cover_url(source, "https://www.melon.com/chart/index.htm") == cover


def test_only_a_whole_date_is_a_date() -> None:
    assert fields.released_date("2017.06.26") == date(2017, 6, 26)
    assert [fields.released_date(text) for text in ("2017.06", "2017", "", "2022.02.30")] == [None] * 4


def _lyric(inner: str) -> str:
    block = fields.parse(f"<div class=lyric>{inner}</div>").css_first(".lyric")
    assert block is not None
    return fields.lyric_lines(block, "https://x/")


def test_source_newlines_of_a_lyric_are_layout_and_breaks_are_lines() -> None:
    assert _lyric("<!-- c -->\n  하나 \n 둘<BR>셋<br><br><br>넷 <BR>\n") == "하나 둘\n셋\n\n넷"


def test_a_lyric_block_that_swallowed_the_page_raises() -> None:
    for inner in ("하나<div>둘</div>", "하나<br>펼치기<br>", "하나<ul><li>둘</ul>"):
        with pytest.raises(LayoutChanged):
            _lyric(inner)


def test_artists_are_counted_once_however_often_the_page_repeats_them() -> None:
    tree = fields.parse('<p><a href="?artistId=1">가</a><a href="?artistId=2">나</a><a href="goArtistDetail(\'1\')">가</a></p>')
    assert [artist.artist_id for artist in fields.linked_artists(tree.css("a"))] == ["1", "2"]
