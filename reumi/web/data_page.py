"""The third page: what is in the data set."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from reumi.web import dataset, house, pictures
from reumi.web.cards import advice_card, cake_picture, melon_url, song_links
from reumi.web.freshness import show_freshness
from reumi.web.trouble import EXPECTED, advice_on
from reumi.web.words import list_title
from scraper.site import GENRES
from storage.catalog import SongFilter, SongView
from storage.genre_feelings import GenreFeeling
from storage.stats import Stats
from tagging.emotions import LABELS

_ALL = "모두"
_CODES = {genre.code: genre.name for genre in GENRES}


def show() -> None:
    """Draw the page."""
    st.html('<h2 class="bar" lang="ko">노래 데이터</h2>')
    try:
        version = dataset.version()
        _summary(dataset.stats(version))
        wanted = _filters(dataset.stats(version))
        _feelings(dataset.feelings(version), wanted)
        _songs(version, wanted)
        show_freshness(dataset.stats(version), dataset.runs())
    except EXPECTED as error:
        st.html(advice_card(advice_on(error), str(error)))


def _summary(stats: Stats) -> None:
    tagged = {label: stats.emotions.get(label, 0) for label in LABELS}
    total = sum(tagged.values())
    figures = {
        "노래": stats.songs,
        "가사를 읽은 노래": stats.with_lyrics,
        "감정을 읽은 노래": total,
        "좋아요 기록": stats.like_snapshots,
        "순위 기록": stats.list_entries,
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{number:,}</dd></div>" for name, number in figures.items())
    picture = ""
    if total:
        shares = {label: number / total for label, number in tagged.items()}
        picture = f'<div class="cake">{cake_picture(shares, "전체 노래의 감정 케이크")}</div>'
    st.html(f'<section class="reading summary" lang="ko">{picture}<dl>{tiles}</dl></section>')


def _filters(stats: Stats) -> SongFilter:
    with st.container(key="filters"):
        text, genre, emotion, listing = st.columns([34, 22, 20, 24], gap="medium")
        words = text.text_input("제목·가수·앨범·가사에서 찾기", key="words", placeholder="예: 여름밤", max_chars=100)
        chosen_genre = genre.selectbox("장르", [_ALL, *sorted(name for name in stats.genres if name)], key="data-genre")
        chosen_emotion = emotion.selectbox("감정", [_ALL, *LABELS], key="data-emotion")
        lists = {_ALL: None, "스테디셀러": "steady", "인기곡": "popular", "최신곡": "newest"}
        chosen_list = listing.selectbox("목록", list(lists), key="data-list")
    return SongFilter(
        text=words.strip().replace("\x00", "") or None,
        genre=None if chosen_genre == _ALL else chosen_genre,
        emotion=None if chosen_emotion == _ALL else chosen_emotion,
        listing=lists[chosen_list],
    )


def _feelings(rows: Sequence[GenreFeeling], wanted: SongFilter) -> None:
    """The pictures follow the filters of genre and emotion."""
    of_genre = [row for row in rows if wanted.genre in (None, row.genre)]
    shown = [row for row in of_genre if wanted.emotion in (None, row.emotion)]
    if not shown:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.html('<h3 class="picture" lang="ko">어느 장르가 어떤 마음을 노래할까</h3>')
        st.altair_chart(pictures.layers(shown), theme=None, width="stretch")
    with right:
        st.html('<h3 class="picture" lang="ko">장르마다 일곱 감정의 평균</h3>')
        st.altair_chart(pictures.profiles(of_genre), theme=None, width="stretch")


def _songs(version: str, wanted: SongFilter) -> None:
    count, songs = dataset.songs(version, wanted)
    st.html(f'<h2 class="bar" lang="ko">노래 {count:,}곡</h2>')
    if not songs:
        st.html('<p class="invitation" lang="ko">조건에 맞는 노래가 없어요. 조건을 조금 넓혀 보세요.</p>')
        return
    if count > len(songs):
        st.html(f'<p class="small" lang="ko">좋아요가 많은 {len(songs):,}곡을 보여 드려요. 내려받는 파일에는 모두 들어 있어요.</p>')
    _table(songs)
    st.download_button("CSV로 내려받기", dataset.csv(version, wanted), "reumi-songs.csv", "text/csv", key="csv")
    chosen = st.selectbox("노래 하나 자세히 보기", songs, format_func=lambda song: f"{song.title} · {song.artist}", key="one")
    if chosen is not None:
        _song(chosen)


def _table(songs: Sequence[SongView]) -> None:
    columns = {
        "제목": [song.title for song in songs],
        "가수": [song.artist for song in songs],
        "장르": [song.genre for song in songs],
        "감정": [song.main_emotion for song in songs],
        "좋아요": [song.likes for song in songs],
        "앨범": [song.album for song in songs],
        "발매일": [song.released for song in songs],
    }
    # An absent fact is a dash here as on the rest of the page; Streamlit would write None.
    st.dataframe(
        columns, hide_index=True, height=330, placeholder="—", column_config={"좋아요": st.column_config.NumberColumn(format="localized")}
    )


def _song(song: SongView) -> None:
    likes, ranks = dataset.histories(song.song_id)
    st.html(_song_head(song))
    left, right = st.columns(2, gap="large")
    with left:
        st.html('<h3 class="picture" lang="ko">좋아요</h3>')
        if likes:
            st.altair_chart(pictures.likes_line(likes), theme=None, width="stretch")
        else:
            st.html('<p class="small" lang="ko">아직 좋아요를 본 적이 없어요.</p>')
    with right:
        st.html('<h3 class="picture" lang="ko">순위</h3>')
        if ranks:
            st.altair_chart(pictures.ranks_line(ranks, lambda name: list_title(name, _CODES)), theme=None, width="stretch")
        else:
            st.html('<p class="small" lang="ko">아직 순위에서 본 적이 없어요.</p>')


def _song_head(song: SongView) -> str:
    picture = ""
    if song.probabilities is not None:
        shares = dict(zip(LABELS, song.probabilities, strict=True))
        picture = f'<div class="cake">{cake_picture(shares, "이 노래의 감정 케이크")}</div>'
    facts = [song.artist, song.album, song.genre, f"{song.released:%Y.%m.%d}" if song.released else None]
    links = song_links(song.title, song.artist, melon_url(house.answers().settings.site_url, song.song_id))
    return (
        f'<section class="reading" lang="ko">{picture}<div class="said"><h3>{escape(song.title)}</h3>'
        f"<p>{escape(' · '.join(fact for fact in facts if fact))}</p>{links}</div></section>"
    )
