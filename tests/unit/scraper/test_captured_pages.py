"""The pages that people captured from the real site, where they lie beside the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scraper.errors import LayoutChanged, ServerError
from scraper.pages.likes import parse_likes
from scraper.pages.listing import parse_listing
from scraper.pages.markers import require_page
from scraper.pages.song import parse_song
from scraper.politeness import Robots
from scraper.ports import Page
from scraper.records import ListedSong, LyricsStatus

URL = "https://www.melon.com/chart/index.htm"


@pytest.fixture
def pages(shared_dir: Path) -> Path:
    folder = shared_dir / "pages"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder


@pytest.mark.parametrize(
    ("name", "rows", "several_artists", "new", "covers"),
    [
        ("genre_list_GN0100_2017-08", 50, 2, 0, 0),
        ("new_list_modern_layout_2017-10", 1, 0, 0, 1),
        ("chart_month_GN0000_2020-08", 100, 3, 14, 100),
    ],
)
def test_a_captured_list_gives_all_its_rows(pages: Path, name: str, rows: int, several_artists: int, new: int, covers: int) -> None:
    found = parse_listing((pages / f"{name}.html").read_text(encoding="utf-8"), URL).rows
    assert len(found) == len({row.song_id for row in found}) == rows
    assert [row.rank for row in found] == list(range(1, rows + 1))
    assert sum(len(row.artists) > 1 for row in found) == several_artists
    assert sum(row.is_new for row in found) == new
    assert sum(row.image_url is not None for row in found) == covers
    assert all(row.album and row.album_id for row in found)
    assert not any("19금" in row.title for row in found)


def test_a_captured_chart_tells_climbs_falls_and_stays(pages: Path) -> None:
    html = (pages / "chart_month_GN0000_2020-08.html").read_text(encoding="utf-8")
    changes = [row.rank_change for row in parse_listing(html, URL).rows if row.rank_change is not None]
    assert (sum(c > 0 for c in changes), sum(c < 0 for c in changes), sum(c == 0 for c in changes)) == (13, 71, 2)


@pytest.mark.parametrize("class_name", ["rank01", "rank02"])
def test_a_captured_chart_with_a_renamed_class_raises(pages: Path, class_name: str) -> None:
    html = (pages / "chart_month_GN0000_2020-08.html").read_text(encoding="utf-8")
    with pytest.raises(LayoutChanged):
        parse_listing(html.replace(class_name, "renamed"), URL)


def test_a_captured_chart_without_its_checkboxes_is_read_by_its_row_numbers(pages: Path) -> None:
    html = (pages / "chart_month_GN0000_2020-08.html").read_text(encoding="utf-8")
    assert parse_listing(html.replace("input_check", "renamed"), URL) == parse_listing(html, URL)


@pytest.mark.parametrize(("song_id", "lines", "makers"), [("30481578", 56, 8), ("30492279", 59, 4)])
def test_a_captured_song_page_gives_its_lyric_without_the_page_around_it(pages: Path, song_id: str, lines: int, makers: int) -> None:
    html = (pages / f"song_detail_2018-01_{song_id}.html").read_text(encoding="utf-8")
    song = parse_song(html, f"http://www.melon.com/song/detail.htm?songId={song_id}", song_id)
    assert song.lyrics is not None
    assert song.lyrics.splitlines() == [f"(가사 {number}행 자리)" for number in range(1, lines + 1)]
    assert len(song.artists) == 1
    assert len(song.credits) == makers
    assert song.released is not None
    assert song.image_url is not None
    assert song.image_url.endswith("_500.jpg")


def test_the_captured_error_page_is_an_error_whatever_its_status(pages: Path) -> None:
    html = (pages / "error_http500_2025-07.html").read_text(encoding="utf-8")
    for status in (200, 500, None):
        with pytest.raises(ServerError):
            require_page(Page(URL, html, status, 0.0))


def test_captured_pages_pass_as_pages(pages: Path) -> None:
    for path in sorted(pages.glob("*.html")):
        if "error" not in path.name:
            require_page(Page(URL, path.read_text(encoding="utf-8"), 200, 0.0))


def _excerpt_row(pages: Path, name: str) -> ListedSong:
    text = (pages / "excerpts" / name).read_text(encoding="utf-8")
    if "<tr" not in text:
        number = re.search(r'data-song-no="(\d+)', text)
        assert number is not None
        text = f'<tr data-song-no="{number[1]}">{text}'
    rows = parse_listing(f"<form id=frm><table><tbody>{text}</table></form>", URL).rows
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("name", "song_id", "rank", "change", "artists"),
    [
        ("chart_24hits_row_2020-12_postjs_multiartist.html", "33077590", None, None, 4),
        ("chart_row_2021-07_prejs.html", "33625988", None, None, 1),
        ("chart_row_2026_realurl_links.html", "1001", 1, None, 1),
        ("chart_top100_row_2022-01_postjs.html", "34061322", 1, 0, 1),
        ("chart_top100_row_2022-05_postjs.html", "34752700", 9, -1, 1),
        ("genre_row_GN0100_2020-08_prejs.html", "32878524", None, None, 1),
    ],
)
def test_a_captured_row_of_any_year_is_read(
    pages: Path, name: str, song_id: str, rank: int | None, change: int | None, artists: int
) -> None:
    row = _excerpt_row(pages, name)
    assert row.song_id == song_id
    assert row.rank_shown == (rank is not None)
    assert row.rank == (rank or 1)
    assert row.rank_change == change
    assert len(row.artists) == artists
    assert all(artist.artist_id for artist in row.artists)


def test_captured_blocks_without_lyrics_are_told_apart(pages: Path) -> None:
    head = (pages / "excerpts" / "song_detail_2026-09_structure_adult_badge.html").read_text(encoding="utf-8")
    adult, pending = (
        (pages / "excerpts" / "song_detail_lyric_none_adult_and_pending.html").read_text(encoding="utf-8").split("<!-- lyrics pending -->")
    )
    read = [parse_song(head + block, URL, "1").lyrics_status for block in (adult, pending, "")]
    assert read == [LyricsStatus.ADULT, LyricsStatus.PENDING, LyricsStatus.NONE]


def test_the_captured_like_answer_is_joined_by_id(pages: Path) -> None:
    text = (pages / "excerpts" / "getSongLike_2026.json").read_text(encoding="utf-8")
    assert parse_likes(text, ["1", "39504779"], URL) == {"1": None, "39504779": 113382}


def test_the_captured_robots_file_forbids_a_generic_crawler(pages: Path) -> None:
    rules = Robots((pages / "excerpts" / "robots_melon_about2021.txt").read_text(encoding="utf-8"), "ReUmi/0.1 (+x)")
    assert not rules.allows("https://www.melon.com/genre/song_list.htm?gnrCode=GN0100")
