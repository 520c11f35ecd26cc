from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender.build import build
from recommender.query import Wish
from recommender.service import Recommender
from tests.unit.recommender.conftest import WORDS as MADE_OF

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)

WORDS = [*MADE_OF[:17], "나", "love", "you"]


def test_ids_and_order_equal_scikit_learn_on_random_queries(
    tmp_path: Path, make_song: Callable[..., Any], open_recommender: Callable[[Path], Recommender]
) -> None:
    songs = [make_song(number) for number in range(400)]
    build(tmp_path, songs, "v1", READ_AT)
    recommender = open_recommender(tmp_path)
    sad = sorted((song for song in songs if song.main_emotion == "슬픔"), key=lambda song: song.song_id)
    vectoriser = TfidfVectorizer()
    matrix = vectoriser.fit_transform([song.lyrics for song in sad])
    rng = random.Random(4)
    for _ in range(250):
        diary = "슬픔 " + " ".join(rng.choices(WORDS, k=rng.randrange(1, 9)))
        scores = (matrix @ vectoriser.transform([diary]).T).toarray().ravel()
        expected = [sad[place].song_id for place in np.argsort(scores, kind="stable")[::-1][:10]]
        found = recommender.recommend(diary, 10, scorer="original").songs
        assert [song.song_id for song in found] == expected
        assert [song.score for song in found] == sorted(scores, reverse=True)[:10]


def test_filters_hold_for_the_original_ranking_too(index_folder: Path, open_recommender: Callable[[Path], Recommender]) -> None:
    answer = open_recommender(index_folder).recommend("슬픔 새벽", 5, Wish(genres=frozenset({"인디"})), scorer="original")
    assert {song.genre for song in answer.songs} == {"인디"}


@pytest.mark.parametrize("diary", ["zzz", "슬픔"])
def test_a_diary_that_shares_no_word_still_gets_songs(
    index_folder: Path, open_recommender: Callable[[Path], Recommender], diary: str
) -> None:
    assert len(open_recommender(index_folder).recommend(diary, 3, scorer="original").songs) == 3
