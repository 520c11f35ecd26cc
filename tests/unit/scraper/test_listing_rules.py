"""What a row of a list must show, and what happens where it does not: one small page a rule."""

from __future__ import annotations

import pytest

from scraper.errors import LayoutChanged
from scraper.pages.listing import ARTIST, ROW, TITLE, ListingPage, parse_listing

URL = "https://www.melon.com/genre/song_list.htm?gnrCode=GN0100"
NOTICE = "<tr><td>곡이 없습니다</td></tr>"


def row(song_id: str = "7", rank: str = "1", **parts: str) -> str:
    """A row as the site prints it; a named part replaces the usual one."""
    usual = {
        "attributes": "",
        "check": f'<input type="checkbox" name="input_check" value="{song_id}" title="숨은 제목 곡 선택">',
        "rank": f'<span class="rank">{rank}</span>' if rank else "",
        "links": "",
        "title": '<div class="rank01"><a href="#">보이는 제목</a></div>',
        "artist": '<div class="rank02"><a href="goArtistDetail(\'1\')">가수</a></div>',
        "album": "",
        "like": "",
        "video": "",
    }
    shown = usual | parts
    cells = "".join(f"<td>{shown[name]}</td>" for name in shown if name != "attributes")
    return f"<tr {shown['attributes']}>{cells}</tr>"


def page(*rows: str, start_index: int = 1) -> ListingPage:
    return parse_listing(f'<form id="frm"><table><tbody>{"".join(rows)}</tbody></table></form>', URL, start_index)


def refusal(*rows: str, start_index: int = 1) -> str:
    with pytest.raises(LayoutChanged) as caught:
        page(*rows, start_index=start_index)
    return str(caught.value).removeprefix("the page layout changed: ")


def told(field: str, selector: str, detail: str = "") -> str:
    return f"no {field} at `{selector}` in {URL}{f' ({detail})' if detail else ''}"


def test_a_page_without_a_list_or_without_its_table_is_no_list() -> None:
    for html, selector in (("<p>안내</p>", "#songList"), ('<form id="frm"></form>', "tbody")):
        with pytest.raises(LayoutChanged) as caught:
            parse_listing(html, URL)
        assert str(caught.value).endswith(told("list", selector))


def test_a_songs_own_page_is_no_list_although_it_holds_one() -> None:
    with pytest.raises(LayoutChanged) as caught:
        parse_listing(
            f'<div class="section_info"><p class="song_name">곡</p></div><form id="frm"><table><tbody>{row()}</table></form>', URL
        )
    assert str(caught.value).endswith(told("list", "#songList"))


def test_a_notice_of_one_cell_is_no_row_but_two_cells_are() -> None:
    assert page(NOTICE).rows == ()
    assert refusal("<tr><td>1</td><td>곡</td></tr>") == told("song row", ROW, "rows without the mark of a song")


def test_a_row_may_carry_its_mark_itself() -> None:
    [song] = page(row(check="", attributes='data-song-no="7"')).rows
    assert song.song_id == "7"


@pytest.mark.parametrize("bare", [{"title": ""}, {"title": "", "like": '<button class="like"></button>'}, {}])
def test_a_row_without_its_mark_below_a_row_with_one_is_refused(bare: dict[str, str]) -> None:
    detail = "a row lacks its mark" if bare != {"title": ""} else "rows without the mark of a song"
    assert refusal(row(), row("8", "2", check="", **bare)) == told("song row", ROW, detail)


def test_promoted_rows_are_passed_over_only_where_the_list_shows_ranks() -> None:
    promoted = row(rank="", check="")
    assert [song.song_id for song in page(promoted, promoted, row("8", "1")).rows] == ["8"]
    detail = "rows without mark and rank on a list that shows no ranks"
    assert refusal(promoted, row("8", rank="")) == told("song row", ROW, detail)


def test_without_any_rank_the_position_is_the_rank() -> None:
    songs = page(row("7", ""), row("8", ""), start_index=51).rows
    assert [(song.rank, song.rank_shown) for song in songs] == [(51, False), (52, False)]


def test_a_page_begins_at_the_first_row_unless_told_otherwise() -> None:
    html = f'<form id="frm"><table><tbody>{row(rank="")}</tbody></table></form>'
    assert parse_listing(html, URL).rows[0].rank == 1


def test_a_shown_rank_is_the_rank_wherever_the_row_stands() -> None:
    songs = page(row("7", "5"), row("8", "6")).rows
    assert [(song.rank, song.rank_shown) for song in songs] == [(5, True), (6, True)]


def test_ranks_that_begin_again_on_a_further_page_are_counted_on() -> None:
    songs = page(row("7", "1"), row("8", "2"), start_index=51).rows
    assert [(song.rank, song.rank_shown) for song in songs] == [(51, False), (52, False)]


@pytest.mark.parametrize("first", ["1", "51"])
def test_rows_above_the_first_rank_are_left_out_where_the_list_begins_below_them(first: str) -> None:
    assert [song.song_id for song in page(row("6", ""), row("7", first), start_index=51).rows] == ["7"]


@pytest.mark.parametrize(
    ("ranks", "detail"),
    [
        (("1", "", "3"), "some rows show a rank and others do not"),
        (("1", "2", ""), "some rows show a rank and others do not"),
        (("", "5", "6"), "some rows show a rank and others do not"),
        (("0", "1"), "a rank of 0"),
    ],
)
def test_ranks_with_gaps_are_refused(ranks: tuple[str, ...], detail: str) -> None:
    rows = [row(str(number), rank) for number, rank in enumerate(ranks, start=7)]
    assert refusal(*rows) == told("rank", "span.rank", detail)


def test_a_title_is_what_the_page_shows_else_what_the_checkbox_says() -> None:
    assert page(row()).rows[0].title == "보이는 제목"
    assert page(row(title='<div class="rank01"></div>')).rows[0].title == "숨은 제목"
    assert refusal(row(title="")) == told("title", TITLE, "song 7")


def test_an_artist_without_a_link_is_named_and_one_without_a_name_is_refused() -> None:
    assert [artist.name for artist in page(row(artist='<div class="rank02">Various Artists</div>')).rows[0].artists] == ["Various Artists"]
    hidden = '<div class="rank02"><a>가수</a><span class="checkEllipsis"><a>둘째 이름</a></span></div>'
    assert [artist.name for artist in page(row(artist=hidden)).rows[0].artists] == ["가수"]
    assert refusal(row(artist="")) == told("artist", ARTIST, "song 7")


SOURCES = {
    "attributes": 'data-song-no="{}"',
    "like": '<button class="like" data-song-no="{}"></button>',
    "links": '<a class="song_info" href="javascript:melon.link.goSongDetail(\'{}\')"></a>',
    "title": '<div class="rank01"><a onclick="melon.link.goSongDetail(\'{}\')">곡</a></div>',
    "album": '<a class="btn_icon_detail" href="javascript:melon.play.playSong(\'1\',{})"></a>',
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_of_the_id_is_believed_alone_and_heard_against_the_others(source: str) -> None:
    shown = SOURCES[source].format(8)
    blank = '<input name="input_check" value="">'
    assert page(row(check=blank, **{source: shown})).rows[0].song_id == "8"
    assert refusal(row("7", **{source: shown})) == told("song id", ROW, "the row's sources of the id disagree")


@pytest.mark.parametrize("odd", ["", "7a", "٧"])
def test_an_id_is_made_of_plain_digits(odd: str) -> None:
    assert refusal(row(odd)) == told("song id", ROW, "no id")


def test_an_album_is_known_by_either_kind_of_link() -> None:
    for link in ("<a href=\"goAlbumDetail('3')\">앨범</a>", '<a href="#" onclick="goAlbumDetail(\'3\')">앨범</a>'):
        song = page(row(album=f'<div class="rank03">{link}</div>')).rows[0]
        assert (song.album, song.album_id) == ("앨범", "3")


@pytest.mark.parametrize(
    ("shown", "change", "new"),
    [
        ('<span class="rank_up"></span><span class="up">3</span>', 3, False),
        ('<span class="rank_down"></span><span class="down">4</span>', -4, False),
        ('<span class="rank_static"></span><span class="none">0</span>', 0, False),
        ('<span class="rank_new"></span>', None, True),
        ('<span class="rank_up"></span>', None, False),
        ('<span class="up">3</span>', None, False),
    ],
)
def test_a_change_of_rank_is_signed_and_unknown_without_its_number(shown: str, change: int | None, new: bool) -> None:
    song = page(row(video=f'<div class="rank_wrap">{shown}</div>')).rows[0]
    assert (song.rank_change, song.is_new) == (change, new)


@pytest.mark.parametrize(
    ("button", "has"),
    [('class="video"', True), ('class="mv"', True), ('class="video" disabled', False), ('class="video disabled"', False), ("", False)],
)
def test_a_video_is_one_that_can_be_played(button: str, has: bool) -> None:
    assert page(row(video=f"<button {button}></button>")).rows[0].has_video is has


def test_a_cover_may_be_named_from_the_page_on_and_may_be_missing() -> None:
    shown = page(row(links='<a class="image_typeAll"><img src="/covers/7.svg"></a>')).rows[0]
    assert shown.image_url == "https://www.melon.com/covers/7.svg"
    assert page(row()).rows[0].image_url is None
    assert page(row(links='<a class="image_typeAll"><img></a>')).rows[0].image_url is None
