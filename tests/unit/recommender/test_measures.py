from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import JudgementsInvalid
from recommender.judged import held_out_half, read_judged, tuning_half
from recommender.measures import gain_interval, hit, mean_interval, ndcg, ratio_interval
from tagging.emotions import LABELS

GRADES = {"a": 3, "b": 2, "c": 1}


def test_the_best_order_has_gain_1_and_a_worse_one_less() -> None:
    assert ndcg(["a", "b", "c"], GRADES, 3) == pytest.approx(1)
    assert ndcg(["b", "a", "c"], GRADES, 3) == pytest.approx((3 + 7 / np.log2(3) + 0.5) / (7 + 3 / np.log2(3) + 0.5))
    assert ndcg(["x", "y", "z", "a"], GRADES, 3) == 0


def test_a_hit_needs_a_song_that_comes_near() -> None:
    assert hit(["x", "b"], GRADES, 3) == 1
    assert hit(["c", "x"], GRADES, 3) == 0
    assert hit(["x", "y", "z", "a"], GRADES, 3) == 0


def test_intervals_hold_the_mean_and_paired_differences_are_tighter() -> None:
    rng = np.random.default_rng(2)
    own = rng.random(80)
    other = own - 0.05 + rng.normal(0, 0.01, 80)
    found = mean_interval(own)
    assert found.low < found.value < found.high
    gain = gain_interval(own, other)
    assert 0.04 < gain.low < gain.value < gain.high < 0.06
    assert ratio_interval(own, own / 2).low == pytest.approx(2)


def test_the_shipped_diaries_cover_every_feeling_and_genre() -> None:
    diaries = read_judged()
    cells = {(diary.emotion, diary.genre) for diary in diaries}
    assert len(diaries) >= 140
    assert {emotion for emotion, _ in cells} == set(LABELS)
    assert len(cells) == 49
    assert all(max(diary.grades.values()) >= 2 for diary in diaries)


def test_the_halves_share_no_diary() -> None:
    diaries = read_judged()
    tuning, held_out = tuning_half(diaries), held_out_half(diaries)
    assert {diary.diary_id for diary in tuning}.isdisjoint(diary.diary_id for diary in held_out)
    assert len(tuning) + len(held_out) == len(diaries)


GOOD = {"id": "q1", "text": "오늘", "emotion": "슬픔", "genre": "발라드", "grades": {"1": 3}}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no judged diary"),
        (["{"], "line 1"),
        ([json.dumps(GOOD), json.dumps(GOOD)], "line 2 .* repeats the id q1"),
        ([json.dumps({**GOOD, "emotion": "기쁨"})], "emotion '기쁨'"),
        ([json.dumps({**GOOD, "grades": {"1": 4}})], "grade"),
        ([json.dumps({**GOOD, "grades": {}})], "no song fits"),
        ([json.dumps({**GOOD, "text": " "})], "text is empty"),
    ],
)
def test_judgements_that_cannot_be_used_are_refused_by_line(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "diaries.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(JudgementsInvalid, match=message):
        read_judged(path)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(JudgementsInvalid, match="cannot read"):
        read_judged(tmp_path / "none.jsonl")
