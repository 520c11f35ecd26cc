"""Reads the reasons as a person would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.build import build
from recommender.korean import NOUNS, OF_A_SONG, shorten, with_particle
from recommender.nearest import nearest_line
from recommender.query import Mode, Wish
from recommender.service import Recommender
from tagging.emotions import Emotion

SAD = {
    "main_emotion": "슬픔",
    "probabilities": (0.02, 0.02, 0.02, 0.02, 0.02, 0.88, 0.02),
    "counts": (0, 0, 0, 0, 0, 2, 1),
    "likes": 1234,
    "lyrics": "가로등 아래 고양이\n면접에서 돌아오는 버스 맨 뒷자리\n내일은 맑음",
}


@pytest.fixture
def answer(tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]) -> Callable[..., list[str]]:
    def asked(diary: str, wish: Wish | None = None, **changes: Any) -> list[str]:
        build(tmp_path, [make_song(1, **{**SAD, **changes})], "v1", datetime(2026, 11, 1, tzinfo=UTC))
        return open_recommender(tmp_path).recommend(diary, 1, wish).songs[0].reasons

    return asked


def test_reasons_read_as_korean_sentences(answer: Callable[..., list[str]]) -> None:
    assert answer("슬픔뿐이다. 면접에서 떨어지고 버스에서 울었다.") == [
        "“면접에서 돌아오는 버스 맨 뒷자리” — 일기의 “면접에서 떨어지고 버스에서 울었다” 대목과 닿아 있는 노랫말이에요.",
        "오늘처럼 슬픈 노래예요. 노랫말 3줄 가운데 2줄에 슬픔이 배어 있어요.",
        "1,234명이 ‘좋아요’를 눌렀어요.",
    ]


def test_a_song_that_lifts_says_so(answer: Callable[..., list[str]]) -> None:
    found = answer("슬픔", Wish(mode=Mode.LIFT), main_emotion="행복", counts=(3, 0, 0, 0, 0, 0, 0), likes=None)
    assert found[-1] == "기분을 바꿔 줄 기쁜 노래예요. 노랫말 3줄 모두에 기쁨이 배어 있어요."


def test_a_feeling_chosen_by_hand_is_named(answer: Callable[..., list[str]]) -> None:
    found = answer("행복", Wish(emotion=Emotion.SADNESS), likes=None, lyrics="가나다라")
    assert found[-1].startswith("고르신 마음에 맞춘 슬픈 노래예요.")


def test_a_mixed_diary_is_told_its_mixture(answer: Callable[..., list[str]]) -> None:
    found = answer("행복 행복 슬픔", likes=None)
    assert any(reason.startswith("오늘 마음에는 기쁨 ") and "슬픔도" in reason and "슬픈 노래를 골랐어요." in reason for reason in found)


def test_a_song_from_another_feeling_says_why(answer: Callable[..., list[str]]) -> None:
    assert any("화난 마음의 노래가 모자라" in reason for reason in answer("분노", likes=None))


@pytest.mark.parametrize(
    ("sentence", "lyrics"),
    [
        ("밥을 먹었다", "너는 그렇게 말했다\n우리는 다 끝났었다"),
        ("나를 봤다", "나를 두고 가지 마"),
        ("오늘은 그랬다", "오늘은 그대와 함께"),
        ("치킨을 다섯 마리 시켰다", "다섯 글자를 쓰는 데 얼마나 걸렸나"),
    ],
)
def test_endings_and_everyday_words_alone_are_no_reason_to_quote(sentence: str, lyrics: str) -> None:
    assert nearest_line([sentence], lyrics) is None


def test_a_word_affirmed_in_one_and_denied_in_the_other_is_no_likeness() -> None:
    assert nearest_line(["우리 강아지가 죽었다"], "야, 너 아직 안 죽었다 하니까 웃었지") is None
    assert nearest_line(["버스에서 울었다"], "혼자 버스에서 알아들을게") is not None
    assert nearest_line(["버스에서 안 울었다"], "버스에서 못 내렸어") is not None


def test_one_shared_word_is_quoted_only_where_the_subject_is_near(answer: Callable[..., list[str]]) -> None:
    rainbow = "부장님이 이쑤시개를 문다\n잔 테두리에 무지개가 뜬다\n회식은 삼차까지 간다"
    assert not any("무지개가" in reason for reason in answer("슬픔뿐이다. 강아지가 어제 무지개다리를 건넜다.", lyrics=rainbow))
    bus = "면접에서 돌아오는 길\n만원 버스 맨 뒷자리에 앉아\n이력서를 접는다"
    assert any("“이력서를 접는다”" in reason for reason in answer("슬픔뿐이다. 면접 이력서를 버스에서 다시 읽었다.", lyrics=bus))


def test_every_feeling_has_its_words_and_particles() -> None:
    assert NOUNS.keys() == OF_A_SONG.keys() == set(Emotion)
    assert [with_particle(word, "이", "가") for word in ("슬픔", "분노")] == ["슬픔이", "분노가"]
    assert shorten("가나다 라마바 사아자", 8) == "가나다 라마바…"
