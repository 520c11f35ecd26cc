"""A file's cells as a song's fields, however people have written them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.errors import ImportFailed
from storage.import_columns import columns_of
from storage.import_rows import RowRefused, song_of

SONG = {"title": "봄", "artist": "누구"}
NESTED: list[Any] = []
for _ in range(100_000):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("likes", "173,113", 173_113),
        ("likes", "173113.0", 173_113),
        ("likes", 5, 5),
        ("likes", 5.0, 5),
        ("released", "2017.06.26", date(2017, 6, 26)),
        ("released", "2017-6-26", date(2017, 6, 26)),
        ("released", "2017/06/26", date(2017, 6, 26)),
        ("released", "2017-06-26 00:00:00", date(2017, 6, 26)),
        ("released", datetime(2017, 6, 26), date(2017, 6, 26)),
        ("last_seen", "2026-11-01T12:00:00+09:00", datetime(2026, 11, 1, 3, tzinfo=UTC)),
        ("last_seen", "2026-11-01 03:00", datetime(2026, 11, 1, 3, tzinfo=UTC)),
        ("adult", "True", True),
        ("adult", 0, False),
        ("page_genres", '["발라드"]', ["발라드"]),
        ("page_genres", ["발라드"], ["발라드"]),
    ],
)
def test_values_are_understood_as_people_write_them(field: str, value: Any, expected: Any) -> None:
    assert song_of({**SONG, field: value}).fields[field] == expected


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("likes", "-1", "not a count"),
        ("likes", "1.2만", "not a count"),
        ("likes", "99999999999", "not a count"),
        ("released", "2017.13.01", "not a date"),
        ("released", "언젠가", "not a date"),
        ("last_seen", "yesterday", "not an instant"),
        ("adult", "perhaps", "neither true nor false"),
        ("page_genres", "발라드", "not a list"),
        ("credits", "{}", "not a list"),
        ("artists", '["누구"]', "list of objects with a name"),
        ("lyrics_status", "lost", "none of"),
        ("source", "gift", "neither crawl nor import"),
        ("song_id", "1 2", "letters and digits"),
        ("emotions", "[1, 2]", "2 counts, not seven"),
        ("emotions", "[1, 2, 3, 4, 5, 6, -7]", "not a count"),
        ("main_emotion", "기쁨", "none of"),
        ("title", "a\ud800", "half of a surrogate pair"),
        ("page_genres", '["\\u0000"]', "a NUL character"),
        ("page_genres", {"발라드": 1}, "not a list"),
        ("page_genres", "[" * 100_000, "nested too deeply"),
        ("page_genres", [[[[[[[[[[[[[[[[["발라드"]]]]]]]]]]]]]]]]], "nested too deeply"),
        ("page_genres", NESTED, "nested too deeply"),
        ("page_genres", f"[{'9' * 5000}]", "not a list"),
        ("page_genres", [float("nan")], "something other than text and finite numbers"),
        ("credits", [datetime(2020, 1, 1)], "something other than text and finite numbers"),
        ("song_id", NESTED, "nested too deeply"),
        ("lyrics_status", [], "none of"),
        ("last_seen", "0001-01-01T00:00:00+09:00", "not an instant"),
        ("last_seen", "9999-12-31T23:59:59-09:00", "not an instant"),
        ("emotions", "[999999999, 999999999, 0, 0, 0, 0, 0]", "not a count"),
    ],
)
def test_values_that_make_no_sense_refuse_the_row_with_the_reason(field: str, value: Any, reason: str) -> None:
    with pytest.raises(RowRefused, match=reason):
        song_of({**SONG, field: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), pytest.param(10**400, id="huge"), "half"])
def test_a_probability_that_is_no_number_refuses_the_row(value: Any) -> None:
    with pytest.raises(RowRefused, match="emotion_probabilities"):
        song_of({**SONG, "emotions": [1, 0, 0, 0, 0, 0, 0], "emotion_probabilities": [value, 0, 0, 0, 0, 0, 0]})


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_an_absent_value_is_no_value(value: Any) -> None:
    assert "likes" not in song_of({**SONG, "likes": value}).fields


@pytest.mark.parametrize(
    ("given", "code", "name"), [("락", "GN0600", "록"), ("랩(힙합)", "GN0300", "랩/힙합"), ("소울(R&B)", "GN0400", "R&B/Soul")]
)
def test_the_originals_genres_get_this_projects_names(given: str, code: str, name: str) -> None:
    fields = song_of({**SONG, "genre": given}).fields
    assert (fields["genre_code"], fields["genre"]) == (code, name)


def test_a_number_that_a_spreadsheet_made_of_an_id_is_an_id_again() -> None:
    assert song_of({**SONG, "song_id": 30492279.0}).song_id == "30492279"


def test_counts_alone_give_the_main_emotion_and_their_shares() -> None:
    labels = song_of({**SONG, "emotions": "[5, 26, 0, 1, 1, 1, 1]"}).labels
    assert labels is not None
    assert (labels.main_emotion, labels.n_lines, labels.counts) == ("슬픔", 35, (5, 1, 0, 1, 1, 26, 1))
    assert labels.probabilities == tuple(count / 35 for count in labels.counts)


def test_a_category_outranks_the_largest_count() -> None:
    labels = song_of({**SONG, "emotions": "[5, 26, 0, 1, 1, 1, 1]", "main_emotion": "행복"}).labels
    assert labels is not None
    assert labels.main_emotion == "행복"


def test_a_row_with_no_counts_carries_no_labels() -> None:
    assert song_of({**SONG, "main_emotion": "행복"}).labels is None
    assert song_of({**SONG, "emotions": "[0, 0, 0, 0, 0, 0, 0]"}).labels is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["title", "singer", "lyrics", "img", "like"], ["title", "artist", "lyrics", "image_url", "likes"]),
        (["제목", "가수", "가사", "이미지", "좋아요", "장르"], ["title", "artist", "lyrics", "image_url", "likes", "genre"]),
        (["곡 ID", "Title", " Artist ", "Like Count"], ["song_id", "title", "artist", "likes"]),
        (["emotions", "category", "title", "singer"], ["emotions", "main_emotion", "title", "artist"]),
    ],
)
def test_columns_are_known_by_many_names(names: list[str], expected: list[str]) -> None:
    assert list(columns_of(Path("x.csv"), names, {}).values()) == expected


def test_the_first_of_two_columns_of_one_field_is_taken() -> None:
    assert columns_of(Path("x.csv"), ["title", "제목", "artist"], {}) == {"title": "title", "artist": "artist"}


def test_a_given_mapping_outranks_the_known_names() -> None:
    assert columns_of(Path("x.csv"), ["title", "work", "artist"], {"work": "title"}) == {"work": "title", "artist": "artist"}


def test_one_field_cannot_be_mapped_twice() -> None:
    with pytest.raises(ImportFailed, match="two columns are mapped to title"):
        columns_of(Path("x.csv"), ["a", "b", "artist"], {"a": "title", "b": "title"})
