"""What the replica's pages hold, read back by the scraper's own page objects."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from reumi.replica.catalogue import Song, load_songs
from reumi.replica.clock import DEFAULT_NOW, likes_at
from reumi.replica.faults import Faults
from reumi.replica.genres import SONG_GENRES
from reumi.replica.site import Request, Site
from scraper.errors import Gone, LayoutChanged
from scraper.pages.listing import parse_listing
from scraper.pages.song import parse_song
from scraper.records import ListedSong, LyricsStatus

BASE = "http://127.0.0.1:8900"
SITE = Site()
LIST, PAGING, SONG = "/genre/song_list.htm", "/genre/song_listPaging.htm", "/song/detail.htm"
CHARTS = ["/chart/index.htm", "/chart/hot100/index.htm", "/chart/day/index.htm", "/chart/week/index.htm", "/chart/month/index.htm"]


def get(path: str, *, site: Site = SITE, faults: Faults | None = None, now: datetime = DEFAULT_NOW, **query: str) -> str:
    return site.answer(Request(path, query, BASE, now, faults or Faults())).body


def listed(path: str, *, site: Site = SITE, faults: Faults | None = None, now: datetime = DEFAULT_NOW, **query: str) -> list[ListedSong]:
    start = int(query.get("startIndex", "1"))
    return list(parse_listing(get(path, site=site, faults=faults, now=now, **query), BASE + path, start).rows)


def ids(rows: list[ListedSong]) -> list[str]:
    return [row.song_id for row in rows]


@pytest.mark.parametrize("song", load_songs().values(), ids=lambda song: song.song_id)
def test_a_song_page_gives_back_the_song(song: Song) -> None:
    html = get(SONG, songId=song.song_id)
    if song.gone:
        with pytest.raises(Gone):
            parse_song(html, BASE, song.song_id)
        return
    detail = parse_song(html, BASE, song.song_id)
    assert detail.title == song.title
    assert [artist.name for artist in detail.artists] == [name.replace("\u00a0", " ") for name in song.artists]
    assert detail.album == song.album
    assert detail.released_text == song.released
    assert detail.lyrics_status == LyricsStatus(song.lyrics_case)
    assert (detail.lyrics or "") == song.lyrics
    assert detail.adult == song.adult
    assert (detail.image_url is None) == song.broken_image


@pytest.mark.parametrize("code", SONG_GENRES)
@pytest.mark.parametrize("layout", ["modern", "old", "2018"])
def test_a_genres_lists_hold_its_songs_in_three_orders(code: str, layout: str) -> None:
    faults = Faults(layout=layout)
    newest = listed(PAGING, faults=faults, gnrCode=code, orderBy="NEW", steadyYn="N")
    popular = listed(PAGING, faults=faults, gnrCode=code, orderBy="POP", steadyYn="N")
    steady = listed(PAGING, faults=faults, gnrCode=code, orderBy="NEW", steadyYn="Y")
    own = {song.song_id for song in load_songs().values() if song.genre_code == code}
    assert set(ids(newest)) == own
    assert set(ids(popular)) <= own
    assert set(ids(steady)) < own
    likes = [likes_at(SITE.songs[song_id], DEFAULT_NOW) for song_id in ids(popular)]
    assert likes == sorted(likes, reverse=True)
    assert ids(newest)[: len(steady)] != ids(steady)
    assert [row.rank for row in newest] == list(range(1, len(own) + 1))


def test_the_page_starts_with_the_newest_whatever_order_is_asked() -> None:
    assert get(LIST, gnrCode="GN0100", orderBy="POP") == get(LIST, gnrCode="GN0100")
    assert ids(listed(LIST, gnrCode="GN0100")) == ids(listed(PAGING, gnrCode="GN0100", orderBy="NEW"))


def test_the_list_is_hidden_and_its_likes_are_zero_until_scripts_run() -> None:
    html = get(LIST, gnrCode="GN0200")
    assert '<div id="songList" style="display:none">' in html
    counts = re.findall(r"총건수</span>\s*([\d,]+)\s*</span>", html)
    assert counts
    assert set(counts) == {"0"}


def test_a_fragment_has_no_page_around_it() -> None:
    html = get(PAGING, gnrCode="GN0200")
    assert "<html" not in html
    assert 'id="songList"' not in html
    assert 'id="frm"' in html


def test_paging_walks_through_everything_once_and_ends_with_an_empty_table() -> None:
    site = Site(filler=700)
    seen: list[str] = []
    for start in range(1, 1000, 50):
        rows = listed(PAGING, site=site, gnrCode="GN0300", startIndex=str(start), pageSize="50")
        if not rows:
            break
        seen += ids(rows)
    assert len(seen) == len(set(seen)) == sum(song.genre_code == "GN0300" for song in site.songs.values())


def test_sub_genres_part_a_genre_by_decade() -> None:
    whole = set(ids(listed(PAGING, gnrCode="GN0100", dtlGnrCode="GN0101")))
    decades = [set(ids(listed(PAGING, gnrCode="GN0100", dtlGnrCode=f"GN010{number}"))) for number in range(2, 7)]
    assert whole == set().union(*decades)
    assert sum(map(len, decades)) == len(whole)
    assert sum(map(bool, decades)) >= 3


@pytest.mark.parametrize("path", CHARTS)
@pytest.mark.parametrize("layout", ["modern", "old", "2018"])
def test_a_chart_has_100_different_songs(path: str, layout: str) -> None:
    rows = listed(path, faults=Faults(layout=layout))
    assert [row.rank for row in rows] == list(range(1, 101))
    assert len(set(ids(rows))) == 100


@pytest.mark.parametrize("path", CHARTS)
def test_a_genres_chart_holds_only_that_genre(path: str) -> None:
    rows = listed(path, classCd="GN0500")
    assert rows
    assert {SITE.songs[row.song_id].genre_code for row in rows} == {"GN0500"}
    assert listed(path, classCd="AB0000") == []


def test_rank_changes_say_what_moved_since_the_period_before() -> None:
    def chart(month: str) -> list[ListedSong]:
        return listed("/chart/month/index.htm", moved="Y", rankMonth=month)

    before = {row.song_id: row.rank for row in chart("202606")}
    after = chart("202607")
    for row in after:
        assert row.is_new == (row.song_id not in before)
        if not row.is_new:
            assert row.rank_change == before[row.song_id] - row.rank
    changes = [row.rank_change for row in after if row.rank_change is not None]
    assert min(changes) < 0 < max(changes)
    assert any(row.is_new for row in after)


def test_at_one_and_eight_oclock_the_top100_shows_no_change() -> None:
    for hour, silent in (("2026112401", True), ("2026112408", True), ("2026112409", False)):
        rows = listed("/chart/index.htm", dayTime=hour)
        assert all(row.rank_change is None and not row.is_new for row in rows) == silent


def test_past_periods_differ_and_come_as_fragments() -> None:
    queries: list[tuple[str, list[dict[str, str]]]] = [
        ("/chart/day/index.htm", [{"rankDay": "20261101"}, {"rankDay": "20261110"}]),
        ("/chart/week/index.htm", [{"startDay": "20261005", "endDay": "20261011"}, {"startDay": "20261102", "endDay": "20261108"}]),
        ("/chart/month/index.htm", [{"rankMonth": "202603"}, {"rankMonth": "202609"}]),
    ]
    for path, (first, second) in queries:
        fragment = get(path, moved="Y", **first)
        assert "<html" not in fragment
        assert "calendar_prid" not in fragment
        assert fragment == get(path, moved="Y", **first)
        assert ids(listed(path, moved="Y", **first)) != ids(listed(path, moved="Y", **second))


def test_a_chart_of_the_future_is_empty() -> None:
    assert listed("/chart/day/index.htm", moved="Y", rankDay="20270101") == []


def test_nothing_is_listed_before_its_release() -> None:
    early = datetime(2015, 1, 1, tzinfo=DEFAULT_NOW.tzinfo)
    rows = listed("/new/index.htm", now=early)
    assert rows
    assert max(SITE.songs[row.song_id].released for row in rows) <= "2015.01.01"


def test_rows_without_rank_are_numbered_by_place_and_a_promotion_is_no_row() -> None:
    plain, hits = listed("/chart/index.htm"), listed("/chart/index.htm", faults=Faults(hits24=True))
    assert ids(hits) == ids(plain)
    assert not any(row.rank_shown for row in hits)
    promoted = get("/chart/informBestRecmdSong.htm", faults=Faults(promoted=True))
    assert promoted.startswith('<tr class="recm_song">')
    assert "input_check" not in promoted
    assert get("/chart/informBestRecmdSong.htm") == ""


def test_charts_link_by_url_and_lists_by_script() -> None:
    assert 'href="/song/detail.htm?songId=' in get("/chart/index.htm")
    assert "goSongDetail" not in get("/chart/index.htm")
    assert "goSongDetail('" in get(LIST, gnrCode="GN0100")
    assert 'href="/song/detail.htm?songId=' not in get(LIST, gnrCode="GN0100")


def test_titles_cannot_break_out_of_the_page() -> None:
    html = get(SONG, songId="39090002")
    assert "<b>굵은" not in html
    assert "&lt;b&gt;굵은 글씨&lt;/b&gt;로 말할게" in html
    assert "R&B라고" not in get(SONG, songId="390800001")
    assert "포크 & 기타" in get(SONG, songId="390800001")


def test_the_year_chart_is_old_and_wrong_parameters_bring_the_error_page() -> None:
    assert len(listed("/chart/age/list.htm", chartType="YE", chartDate="2025")) == 100
    for path, query in ((LIST, {"gnrCode": "GN9900"}), (PAGING, {"gnrCode": "GN0100", "startIndex": "x"}), (CHARTS[2], {"rankDay": "1"})):
        answer = SITE.answer(Request(path, query, BASE, DEFAULT_NOW, Faults()))
        assert answer.status == 500
        assert "사용량이 많아 접속이 지연" in answer.body


def test_likes_come_for_known_songs_in_the_order_asked_and_grow() -> None:
    def likes(now: datetime) -> dict[str, int]:
        answer = json.loads(get("/commonlike/getSongLike.json", now=now, contsIds="39020002,39090003,5,39090006,39020001"))
        return {str(entry["CONTSID"]): entry["SUMMCNT"] for entry in answer["contsLike"]}

    today, later = likes(DEFAULT_NOW), likes(DEFAULT_NOW + timedelta(days=14))
    assert list(today) == ["39020002", "39090003", "39020001"]
    assert today["39090003"] == 0 == later["39090003"]
    assert later["39020002"] > today["39020002"] > 0


def test_a_redesign_leaves_the_parser_nothing_to_hold_on_to() -> None:
    for path, query in ((LIST, {"gnrCode": "GN0100"}), ("/chart/index.htm", {})):
        with pytest.raises(LayoutChanged):
            listed(path, faults=Faults(layout="v2"), **query)
    with pytest.raises(LayoutChanged):
        parse_song(get(SONG, faults=Faults(layout="v2"), songId="39010001"), BASE, "39010001")
    assert 'class="ellipsis rank02_new"' in get("/chart/index.htm", faults=Faults(rename="rank02"))


def test_every_album_has_a_picture_of_its_own_at_the_sites_address() -> None:
    pictures: dict[str, str] = {}
    for song in load_songs().values():
        html = get(SONG, songId=song.song_id)
        match = re.search(r'og:image" content="http://127.0.0.1:8900(/[^"?]+)', html)
        if match:
            answer = SITE.answer(Request(match[1], {}, BASE, DEFAULT_NOW, Faults()))
            assert answer.kind == "image/svg+xml"
            pictures[song.album_id] = answer.body
    assert len(pictures) > 50
    assert len(set(pictures.values())) == len(pictures)
