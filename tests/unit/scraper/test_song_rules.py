"""What a song's page must show, and what happens where it does not: one changed page a rule."""

from __future__ import annotations

import pytest

from scraper.errors import Gone, LayoutChanged
from scraper.pages.song import ARTIST, LYRIC, LYRIC_SECTION, parse_song
from scraper.records import Credit, LyricsStatus, SongDetail
from tests.small_site import song_page

URL = "https://www.melon.com/song/detail.htm?songId=7"
BLOCK = '<div class="lyric" id="d_video_summary">첫 줄 7<br>둘째 줄</div>'
ARTIST_BOX = song_page(7)[song_page(7).index('<div class="artist">') : song_page(7).index('<div class="meta">')]


def read(*changes: tuple[str, str]) -> SongDetail:
    html = song_page(7)
    for old, new in changes:
        assert old in html, old
        html = html.replace(old, new)
    return parse_song(html, URL, "7")


def refusal(*changes: tuple[str, str]) -> str:
    with pytest.raises(LayoutChanged) as caught:
        read(*changes)
    return str(caught.value).removeprefix("the page layout changed: ")


def told(field: str, selector: str, detail: str = "") -> str:
    return f"no {field} at `{selector}` in {URL}{f' ({detail})' if detail else ''}"


def notice(words: str, mark: str = "") -> tuple[str, str]:
    return BLOCK, f'<div class="lyric_none">{words}<p class="{mark}"></p></div>'


@pytest.mark.parametrize("mark", ['<input id="targetId" value="song">', '<div id="conts" data-targetId="song"></div>'])
def test_either_mark_says_that_a_song_is_gone(mark: str) -> None:
    with pytest.raises(Gone) as caught:
        parse_song(f"<body>{mark}</body>", URL, "7")
    assert (caught.value.song_id, caught.value.url) == ("7", URL)


@pytest.mark.parametrize("mark", ['<input id="targetId" value="album">', '<div id="conts" data-targetId="7"></div>', ""])
def test_other_marks_do_not(mark: str) -> None:
    with pytest.raises(LayoutChanged):
        parse_song(f"<body>{mark}</body>", URL, "7")


@pytest.mark.parametrize(
    "other",
    [
        ('content="/song/detail.htm?songId=7"', 'content="/song/detail.htm?songId=8"'),
        ('<div class="song_name">', '<button id="btnLike" data-song-no="8"></button><div class="song_name">'),
        ('<div class="song_name">', '<p class="d_song_like"><button class="like" data-song-no="8"></button></p><div class="song_name">'),
    ],
)
def test_another_songs_page_is_refused_by_any_of_its_ids(other: tuple[str, str]) -> None:
    assert refusal(other) == told("song id", 'meta[property="og:url"]', "asked for song 7, got 8")


def test_a_page_without_a_body_is_no_song() -> None:
    with pytest.raises(LayoutChanged) as caught:
        parse_song("<frameset></frameset>", URL, "7")
    assert str(caught.value).endswith(told("song", ".song_name"))


def test_a_title_is_required() -> None:
    assert refusal(("곡 7</div>", "</div>")) == told("title", ".song_name")


def test_artists_are_links_else_text_and_never_those_of_the_credits() -> None:
    assert [artist.name for artist in read().artists] == ["가수 7"]
    hidden = '<div class="artist"><a>가수</a><p class="wrap_atist"><a>둘째 이름</a></p></div>'
    assert [artist.name for artist in read((ARTIST_BOX, hidden)).artists] == ["가수"]
    assert [artist.name for artist in read((ARTIST_BOX, '<div class="artist">Various Artists</div>')).artists] == ["Various Artists"]
    credited = '<div class="section_prdcr"><div class="artist"><a>만든이</a></div></div>'
    assert refusal((ARTIST_BOX, credited)) == told("artist", ARTIST)


def test_a_cover_stands_beside_the_song_else_in_the_head_of_the_page() -> None:
    shown = "https://cdnimg.melon.co.kr/cm2/album/images/1/7_500.jpg"
    thumb = f'<img src="{shown}/melon">'
    resized = (thumb, f'<img src="{shown}/melon/resize/282">')
    head = ("<title>", '<meta property="og:image" content="/covers/8.svg"><title>')
    assert read(head, resized).image_url == shown
    for lost in ("", "<img>", '<img src="http://h/default/noAlbum_80.jpg">'):
        assert read(head, (thumb, lost)).image_url == "https://www.melon.com/covers/8.svg"
    assert read((thumb, "")).image_url is None
    assert read((thumb, '<img src="/covers/7.svg">')).image_url == "https://www.melon.com/covers/7.svg"


def test_a_label_without_its_value_does_not_take_the_next_ones() -> None:
    song = read(("<dt>앨범</dt><dd>앨범 7</dd>", "<dt>앨범</dt>"))
    assert (song.album, song.released_text, song.genres) == (None, "2024.03.01", ("발라드",))


def test_an_album_is_linked_where_the_site_links_it() -> None:
    assert read(("<dd>앨범 7</dd>", "<dd><a href=\"goAlbumDetail('3')\">앨범 7</a></dd>")).album_id == "3"
    assert read().album_id is None


@pytest.mark.parametrize(
    ("item", "credit"),
    [
        ('<p class="artist">만든이</p><p class="meta"><b class="type">작곡</b></p>', (Credit("만든이", "작곡", None),)),
        ('<p class="artist">만든이</p>', ()),
        ('<p class="meta"><b class="type">작곡</b></p>', ()),
    ],
)
def test_a_credit_has_a_name_and_a_role(item: str, credit: tuple[Credit, ...]) -> None:
    start = song_page(7).index("<li>") + len("<li>")
    usual = song_page(7)[start : song_page(7).index("</li>")]
    assert read((usual, item)).credits == credit
    assert read().credits == (Credit("만든이", "작사", "7"),)


def test_a_mark_for_adults_counts_although_the_lyrics_are_there() -> None:
    song = read(("곡명</strong>", '곡명</strong><em class="age_19"></em>'))
    assert (song.adult, song.lyrics_status) == (True, LyricsStatus.OK)
    assert not read().adult


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (notice("성인 인증이 필요합니다"), LyricsStatus.ADULT),
        (notice("볼 수 없습니다", "adult_register"), LyricsStatus.ADULT),
        (notice("가사 준비중입니다"), LyricsStatus.PENDING),
        (notice("당신의 가사를 기다리고 있습니다"), LyricsStatus.PENDING),
        (notice("알려 주세요", "d_register"), LyricsStatus.PENDING),
        (notice("가사 정보가 없습니다"), LyricsStatus.NONE),
        (notice("등록된 가사가 없습니다"), LyricsStatus.NONE),
    ],
)
def test_every_reason_for_having_no_lyrics_is_told_apart(change: tuple[str, str], status: LyricsStatus) -> None:
    song = read(change)
    assert (song.lyrics_status, song.lyrics, song.adult) == (status, None, status is LyricsStatus.ADULT)


def test_a_reason_that_nobody_knows_is_refused_with_its_words() -> None:
    words = "점검 중인 가사입니다. " * 5
    assert refusal(notice(words)) == told("lyrics", ".lyric_none", f"an unknown reason for having no lyrics: {words[:40]!r}")


def test_a_section_without_lyrics_or_reason_and_an_empty_block_are_refused() -> None:
    assert refusal((BLOCK, "")) == told("lyrics", LYRIC)
    assert refusal((BLOCK, '<div class="lyric"> <br> </div>')) == told("lyrics", LYRIC, "the block is empty")
    assert refusal((BLOCK, '<div class="lyric">하나<ul></ul></div>')) == told("lyrics", ".lyric", "the block holds a <ul>")


LOST = told("lyrics", LYRIC_SECTION, "the page has lyrics, but not in their section")


@pytest.mark.parametrize("left", ['<h5 class="title">가사</h5>', '<div class="lyric"></div>', '<div id="lyricArea"></div>'])
def test_lyrics_outside_their_section_are_no_instrumental(left: str) -> None:
    section = song_page(7)[song_page(7).index('<div class="section_lyric">') : song_page(7).index('<div class="section_prdcr">')]
    assert refusal((section, left)) == LOST
    assert read((section, '<h5 class="title">관련비디오</h5>')).lyrics_status is LyricsStatus.NONE
