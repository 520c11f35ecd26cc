"""Whatever stands on a page comes out of it: titles, artists and lyrics of any text, through any escaping."""

from __future__ import annotations

import html
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from scraper.fields import UI_WORDS, clean, count, cover_url
from scraper.pages.likes import parse_likes
from scraper.pages.listing import parse_listing
from scraper.pages.song import parse_song
from tests.small_site import row, song_page

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
NAME = TEXT.filter(lambda text: clean(text) != "")
LINE = TEXT.filter(lambda text: clean(text) not in UI_WORDS)
URL = "https://www.melon.com/song/detail.htm?songId=7"


def _list(title: str, artist: str) -> str:
    cells = row(7, 1).replace(">곡 7<", f">{html.escape(title)}<").replace(">가수 7<", f">{html.escape(artist)}<")
    return f"<form id=frm><table><tbody>{cells}</tbody></table></form>"


@given(NAME, NAME)
def test_any_title_and_artist_come_out_of_a_row_as_they_read(title: str, artist: str) -> None:
    [song] = parse_listing(_list(title, artist), URL).rows
    assert (song.title, song.artists[0].name) == (clean(title), clean(artist))


@given(NAME, st.lists(LINE, min_size=1, max_size=12).filter(lambda lines: any(clean(line) for line in lines)))
def test_any_lyric_comes_out_line_by_line(title: str, lines: list[str]) -> None:
    lyric = "<br>".join(html.escape(line) for line in lines)
    page = song_page(7).replace("첫 줄 7<br>둘째 줄", lyric).replace("</strong> 곡 7", f"</strong> {html.escape(title)}")
    song = parse_song(page, URL, "7")
    assert song.title == clean(title)
    assert song.lyrics is not None
    assert [line for line in song.lyrics.split("\n") if line] == [clean(line) for line in lines if clean(line)]
    assert "\n\n\n" not in song.lyrics


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.integers(0, 10**9))
def test_a_printed_count_is_the_number(number: int) -> None:
    assert count(f"{number:,}") == count(str(number)) == number
    assert count(f"{number:,}+") == number


@given(st.text())
def test_any_text_is_a_count_or_unknown_and_any_source_a_cover_or_none(text: str) -> None:
    number = count(text)
    assert number is None or number >= 0
    cover = cover_url(text, URL)
    assert cover is None or cover.strip() == cover


@given(st.dictionaries(st.integers(1, 10**9), st.integers(0, 10**7), max_size=20), st.lists(st.integers(1, 10**9), max_size=20))
def test_likes_are_joined_by_id_in_any_order(known: dict[int, int], asked: list[int]) -> None:
    entries = ",".join(f'{{"CONTSID":{song},"SUMMCNT":{likes}}}' for song, likes in reversed(list(known.items())))
    wanted = [str(song) for song in (*asked, *known)]
    found = parse_likes(f'{{"contsLike":[{entries}]}}', wanted, URL)
    assert found == {song: known.get(int(song)) for song in wanted}
