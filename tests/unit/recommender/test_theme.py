"""The theme table that ships, and the cosines that are taken with it."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.ngrams import counted_terms
from recommender.profile import profiles_of_songs
from recommender.theme import CENTRES, THEME_TABLE, THEME_TERMS, nearness, theme_of_diary, themes_of_songs
from tagging.emotions import LABELS

LYRICS = ["강아지가 꼬리를 흔들며 산책을 기다리네", "시험지를 받아 들고 성적이 걱정되네", "", "zzz qqq", "엄마의 된장찌개가 그리운 저녁"]


def songs_of(lyrics: list[str]) -> tuple[np.ndarray, np.ndarray]:
    found = [counted_terms(text) for text in lyrics]
    owners = np.repeat(np.arange(len(found), dtype=np.int32), [terms.size for terms, _ in found])
    terms, counts = (np.concatenate([pair[place] for pair in found]) for place in (0, 1))
    return themes_of_songs(terms, owners, counts, len(found))


def test_the_shipped_arrays_belong_together() -> None:
    terms, table, centres = (np.load(path) for path in (THEME_TERMS, THEME_TABLE, CENTRES))
    assert terms.dtype == np.uint32
    assert (np.diff(terms.astype(np.int64)) > 0).all()
    assert table.dtype == np.int8
    assert table.shape == (terms.size, centres.shape[1])
    assert THEME_TABLE.stat().st_size < 12_000_000


def test_nearness_is_the_cosine_of_the_stored_direction() -> None:
    themes, scales = songs_of(LYRICS)
    diary = theme_of_diary(*counted_terms("우리 집 강아지와 산책을 했다"))
    rows = themes.astype(np.float64)
    lengths = np.maximum(np.linalg.norm(rows, axis=1), 1)
    assert nearness(themes, scales, diary) == pytest.approx(rows @ diary / lengths, abs=1e-5)


def test_a_text_of_unknown_terms_is_near_to_nothing() -> None:
    themes, scales = songs_of(LYRICS)
    assert not theme_of_diary(*counted_terms("😀 !!")).any()
    assert not themes[2].any()
    assert nearness(themes, scales, theme_of_diary(*counted_terms("시험을 망쳤다")))[2] == 0


def test_a_song_s_theme_and_nearness_are_its_own_in_any_company() -> None:
    many = LYRICS * 900
    themes, scales = songs_of(many)
    alone_themes, alone_scales = songs_of(LYRICS)
    assert (themes == np.tile(alone_themes, (900, 1))).all()
    diary = theme_of_diary(*counted_terms("된장찌개를 끓이다 엄마 생각이 났다"))
    assert (nearness(themes, scales, diary) == np.tile(nearness(alone_themes, alone_scales, diary), 900)).all()


def test_a_song_s_profile_leans_to_its_main_feeling_and_away_from_scenes() -> None:
    shares = np.full((1, 7), 0.1, dtype=np.float32)
    shares[0, LABELS.index("중립")] = 0.4
    profile = profiles_of_songs(shares, np.array([LABELS.index("슬픔")]))[0]
    assert np.linalg.norm(profile) == pytest.approx(1)
    assert profile.argmax() == LABELS.index("슬픔")
    assert profile[LABELS.index("중립")] < 2 * profile[LABELS.index("행복")]
