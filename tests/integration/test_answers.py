"""What screen and service share stays as it is while the data set does, and follows it when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reumi.answers import Answers
from reumi.jobs.tag import TagOrder, tag_database
from reumi.replica.catalogue import load_songs
from reumi.settings import Settings
from tests.data_set import light_model, make_data_set

SONGS = [song for song in load_songs().values() if song.lyrics][:24]


@pytest.fixture
def data_set(tmp_path: Path) -> str:
    return make_data_set(tmp_path / "songs.db", SONGS[:8], days=1)


@pytest.fixture
def answers(data_set: str, tmp_path: Path) -> Iterator[Answers]:
    """Answers that look at the data set at every use; `close` waits for the look to end."""
    opened = Answers(Settings(database_url=data_set, model=str(light_model(tmp_path))), look_every=0)
    yield opened
    opened.close()


def test_looking_at_an_unchanged_data_set_changes_and_opens_nothing(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    encoders: list[Settings] = []
    monkeypatch.setattr("reumi.answers.encoder_of", encoders.append)
    first = answers.recommender
    for _ in range(3):
        assert answers.recommender is first
        answers.close()
    assert answers.recommender is first
    assert len(encoders) == 1


def test_a_changed_data_set_is_answered_from_after_the_next_look(answers: Answers, data_set: str, tmp_path: Path) -> None:
    first = answers.recommender
    assert len(first) == 8
    make_data_set(tmp_path / "songs.db", SONGS, days=1)
    tag_database(data_set, TagOrder(model=str(light_model(tmp_path))))
    assert answers.recommender is first
    answers.close()
    assert len(answers.recommender) == 24
