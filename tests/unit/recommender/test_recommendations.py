from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.build import add, build
from recommender.errors import BadQuery, EmptyDiary, NoSongs
from recommender.query import Mode, Wish
from recommender.service import Recommender
from tagging.emotions import LABELS, Emotion

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)


WISHES = st.builds(
    Wish,
    mode=st.sampled_from(Mode),
    emotion=st.none() | st.sampled_from(Emotion),
    genres=st.sampled_from([frozenset(), frozenset({"발라드"}), frozenset({"댄스", "인디"})]),
    years=st.sampled_from([None, (2000, 2015)]),
    min_likes=st.sampled_from([0, 1000]),
    seed=st.none() | st.integers(0, 5),
)
DIARIES = st.sampled_from(["슬픔 새벽 버스에서 눈물", "행복 행복 바다", "분노", "오늘 라면", "zzz", "😀", "놀람 슬픔 첫눈"])


@pytest.fixture
def recommender(index_folder: Path, open_recommender: Callable[[Path], Recommender]) -> Recommender:
    return open_recommender(index_folder)


def passing(song: Any, wish: Wish) -> bool:
    year = song.released.year if song.released else 0
    return (
        (not wish.genres or song.genre in wish.genres)
        and (wish.years is None or wish.years[0] <= year <= wish.years[1])
        and (song.likes or 0) >= wish.min_likes
        and (wish.min_likes == 0 or song.likes is not None)
        and song.song_id not in wish.exclude
    )


@settings(max_examples=settings.default.max_examples * 4 // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(diary=DIARIES, wish=WISHES, k=st.integers(1, 30))
def test_k_songs_whenever_k_pass_and_each_obeys_the_wish(
    recommender: Recommender, songs: Sequence[Any], diary: str, wish: Wish, k: int
) -> None:
    fitting = {song.song_id for song in songs if passing(song, wish)}
    answer = recommender.recommend(diary, k, wish)
    ids = [song.song_id for song in answer.songs]
    assert len(ids) == min(k, len(fitting))
    assert len(set(ids)) == len(ids)
    assert set(ids) <= fitting


@settings(max_examples=settings.default.max_examples * 3 // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(diary=DIARIES, wish=WISHES)
def test_parts_sum_to_the_score(recommender: Recommender, diary: str, wish: Wish) -> None:
    for song in recommender.recommend(diary, 20, wish).songs:
        assert abs(sum(song.parts.values()) - song.score) <= 1e-6
        assert all(share >= 0 for share in song.parts.values())
        assert song.reasons


def test_the_same_request_gets_the_same_answer(recommender: Recommender) -> None:
    wish = Wish(seed=3)
    assert recommender.recommend("슬픔 골목", 10, wish) == recommender.recommend("슬픔 골목", 10, wish)


def test_another_seed_brings_other_songs(recommender: Recommender) -> None:
    answers = {tuple(song.song_id for song in recommender.recommend("슬픔 골목", 3, Wish(seed=seed)).songs) for seed in range(8)}
    assert len(answers) > 1


def test_the_diary_feeling_filters_first(recommender: Recommender) -> None:
    for label in LABELS[:6]:
        answer = recommender.recommend(f"{label} 새벽", 3)
        assert answer.emotion == label
        assert {song.emotion for song in answer.songs} == {label}


def test_a_second_feeling_competes_only_when_it_is_at_least_a_quarter_as_strong(recommender: Recommender, songs: Sequence[Any]) -> None:
    happy = sum(song.main_emotion == "행복" for song in songs)
    assert happy >= 10
    for diary, expected in (("행복 행복 행복 행복 행복 슬픔 새벽", {"행복"}), ("행복 행복 행복 슬픔 새벽", {"행복", "슬픔"})):
        assert {song.emotion for song in recommender.recommend(diary, 10).songs} == expected


def test_lifting_a_sad_diary_brings_happy_songs(recommender: Recommender) -> None:
    answer = recommender.recommend("슬픔 새벽 버스", 3, Wish(mode=Mode.LIFT))
    assert answer.emotion == "슬픔"
    assert {song.emotion for song in answer.songs} == {"행복"}


def test_a_feeling_without_songs_is_filled_from_the_nearest(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    songs = [song for song in (make_song(number) for number in range(120)) if song.main_emotion != "슬픔"]
    build(tmp_path, songs, "v1", READ_AT)
    answer = open_recommender(tmp_path).recommend("슬픔 새벽", 3)
    assert answer.emotion == "슬픔"
    assert len(answer.songs) == 3


@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1000, 1100), diary=DIARIES)
def test_adding_a_song_never_reorders_the_others(
    tmp_path_factory: pytest.TempPathFactory,
    songs: Sequence[Any],
    make_song: Callable[..., Any],
    open_recommender: Callable[[Path], Recommender],
    number: int,
    diary: str,
) -> None:
    folder = tmp_path_factory.mktemp("index")
    few = [make_song(n, artist=f"혼자 {n}", genre=None) for n in range(60)]
    build(folder, few, "v1", READ_AT)
    before = open_recommender(folder).recommend(diary, 100)
    add(folder, [make_song(number, artist="새 가수", genre=None)], [], "v2", READ_AT)
    after = open_recommender(folder).recommend(diary, 100)
    scores_before = {song.song_id: song.score for song in before.songs}
    kept = {song.song_id: song.score for song in after.songs if song.song_id in scores_before}
    assert kept == scores_before


def test_one_song_an_artist_while_others_are_left(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    sad = (0.02, 0.02, 0.02, 0.02, 0.02, 0.88, 0.02)
    songs = [make_song(n, artist="같은 가수" if n < 6 else f"가수 {n}", main_emotion="슬픔", probabilities=sad) for n in range(9)]
    build(tmp_path, songs, "v1", READ_AT)
    artists = [song.artist for song in open_recommender(tmp_path).recommend("슬픔 새벽", 4).songs]
    assert len(set(artists)) == 4


def test_the_nearest_lyric_line_is_quoted(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    lyrics = "가로등 아래 고양이\n면접에서 돌아오는 버스 맨 뒷자리\n내일은 맑음"
    build(tmp_path, [make_song(1, lyrics=lyrics, main_emotion="슬픔")], "v1", READ_AT)
    song = open_recommender(tmp_path).recommend("슬픔. 면접에서 떨어지고 돌아오는 버스에서 울었다.", 1).songs[0]
    assert "면접에서 돌아오는 버스 맨 뒷자리" in song.reasons[0]


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_diary_is_refused(recommender: Recommender, text: str) -> None:
    with pytest.raises(EmptyDiary, match="at least one sentence"):
        recommender.recommend(text)


@pytest.mark.parametrize("text", ["I miss my old friends", "😀", "슬픔 " * 30_000, "\ud800"])
def test_odd_diaries_get_songs(recommender: Recommender, text: str) -> None:
    assert len(recommender.recommend(text, 3).songs) == 3


def test_impossible_wishes_are_refused(recommender: Recommender) -> None:
    with pytest.raises(BadQuery, match="1 to 100"):
        recommender.recommend("슬픔", 0)
    with pytest.raises(BadQuery, match="blend, original"):
        recommender.recommend("슬퍼", scorer="tf-idf")
    with pytest.raises(BadQuery, match="backwards"):
        recommender.recommend("슬픔", 3, Wish(years=(2020, 2010)))
    with pytest.raises(NoSongs, match="widen"):
        recommender.recommend("슬픔", 3, Wish(genres=frozenset({"국악"})))


def test_an_empty_index_says_what_to_run(tmp_path: Path, open_recommender: Callable[[Path], Recommender]) -> None:
    build(tmp_path, [], "v1", READ_AT)
    with pytest.raises(NoSongs, match="reumi crawl"):
        open_recommender(tmp_path).recommend("슬픔")


def test_the_answer_is_plain_json_and_safe_html(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    build(tmp_path, [make_song(1, title="<script>alert(1)</script>", image_url="x' onerror='y")], "v1", READ_AT)
    answer = open_recommender(tmp_path).recommend("슬픔", 1)
    assert json.loads(json.dumps(answer.as_dict(), ensure_ascii=False))["songs"][0]["song_id"] == "10000001"
    html = answer._repr_html_()
    assert "<script>" not in html
    assert "' onerror" not in html


def test_songs_without_lyrics_can_be_recommended(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    build(tmp_path, [make_song(1, lyrics="")], "v1", READ_AT)
    assert open_recommender(tmp_path).recommend("슬픔", 1).songs[0].parts["lexical"] == 0
