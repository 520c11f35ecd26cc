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


def _first(html: str, selector: str) -> fields.Node:
    node = fields.parse(html).css_first(selector)
    assert node is not None
    return node


def test_text_leaves_out_what_a_reader_does_not_see_at_any_depth() -> None:
    unseen = "<script>a</script><style>b</style><button>c</button><b class='x none'>d</b><i><b class='none'>e</b></i><img><!-- f -->"
    assert fields.text_of(_first(f"<p>가{unseen}<i>나</i></p>", "p")) == "가나"
    assert fields.text_of(_first("<p><i><b class='own'>가</b></i>나</p>", "p"), frozenset({"own"})) == "나"


def test_an_attribute_that_is_not_there_is_empty() -> None:
    assert fields.attribute(None, "href") == ""
    assert fields.attribute(_first("<a>x</a>", "a"), "href") == ""
    assert fields.classes(_first("<a>x</a>", "a")) == []


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("javascript:melon.play.playSong('19010101',35454426);", "35454426"),
        ("javascript:melon.play.playSong('19010101', '7')", "7"),
        ("javascript:melon.play.playAlbum('19010101',7)", None),
        ("", None),
    ],
)
def test_a_play_button_names_its_song(link: str, found: str | None) -> None:
    assert fields.played_id(link) == found


def test_artists_without_an_id_are_told_apart_by_name_and_known_by_either_attribute() -> None:
    tree = fields.parse("<p><a href='#'>가</a><a href='#'>나</a><a href='#' onclick=\"goArtistDetail('3')\">다</a><a href='#'> </a></p>")
    assert [(artist.name, artist.artist_id) for artist in fields.linked_artists(tree.css("a"))] == [("가", None), ("나", None), ("다", "3")]


def test_inside_looks_at_every_ancestor_and_not_at_the_node_itself() -> None:
    html = "<div class='none'><p><b>x</b></p></div><div><i class='none'>y</i></div>"
    assert fields.inside(_first(html, "b"), fields.UNSEEN)
    assert not fields.inside(_first(html, "i"), fields.UNSEEN)


@pytest.mark.parametrize("source", ["data:image/gif;base64,R0", "javascript:void(0)", "#", "//[x/a.jpg"])
def test_what_is_no_address_is_no_cover(source: str) -> None:
    assert fields.cover_url(source, "https://www.melon.com/") is None


def test_lyrics_keep_inline_text_and_lose_hidden_text_at_any_depth() -> None:
    assert _lyric("X하나<span>둘<b>셋</b><br>넷</span><i class='none'>숨음</i><span><u class='none'>숨음</u></span>X") == "X하나둘셋\n넷X"
    assert _lyric("하나<button>펼치기</button><script>x</script>") == "하나"


@pytest.mark.parametrize(
    ("inner", "detail"),
    [
        ("하나<div>둘</div>", "the block holds a <div>"),
        ("<span>하나<b><ul></ul></b></span>", "the block holds a <ul>"),
        ("하나<br>접기<br>펼치기", "the block holds the page's own words ['접기', '펼치기']"),
    ],
)
def test_a_swallowed_page_is_told_with_what_gave_it_away(inner: str, detail: str) -> None:
    with pytest.raises(LayoutChanged) as caught:
        _lyric(inner)
    assert str(caught.value) == f"the page layout changed: no lyrics at `.lyric` in https://x/ ({detail})"
