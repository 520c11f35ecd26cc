"""What screen and service share stays as it is while the data set does, and follows it when it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from recommender.service import Recommender
from reumi.answers import Answers
from reumi.jobs.tag import TagOrder, tag_database
from reumi.replica.catalogue import load_songs
from reumi.settings import Settings
from storage.catalog import Catalog
from tagging.bundle import load_classifier
from tagging.classifier import Classifier
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


def test_an_index_that_takes_its_time_holds_up_neither_model_nor_database(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = threading.Event(), threading.Event()
    really_open = Recommender.open

    def slowly(*given: Any, **named: Any) -> Recommender:
        begun.set()
        assert go.wait(60)
        return really_open(*given, **named)

    monkeypatch.setattr(Recommender, "open", slowly)
    with ThreadPoolExecutor(2) as pool:
        opening = pool.submit(lambda: len(answers.recommender))
        try:
            assert begun.wait(60)
            others = pool.submit(lambda: (answers.opened, answers.classifier.fingerprint, answers.engine.name))
            assert others.result(30)[0] is None
            assert not opening.done()
        finally:
            go.set()
        assert opening.result() == 8


def test_a_model_that_takes_its_time_holds_up_nobody_who_needs_the_database(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = threading.Event(), threading.Event()

    def slowly(folder: str | None) -> Classifier:
        begun.set()
        assert go.wait(60)
        return load_classifier(folder)

    monkeypatch.setattr("reumi.answers.load_classifier", slowly)
    with ThreadPoolExecutor(2) as pool:
        loading = pool.submit(lambda: answers.classifier)
        try:
            assert begun.wait(60)
            assert pool.submit(lambda: answers.engine.name).result(30) == "sqlite"
            assert not loading.done()
        finally:
            go.set()


def test_a_data_set_put_in_the_place_of_another_is_read_at_once(answers: Answers, tmp_path: Path) -> None:
    engine = answers.engine
    assert Catalog(engine).stats().songs == 8
    assert answers.engine is engine
    (tmp_path / "other").mkdir()
    make_data_set(tmp_path / "other" / "songs.db", SONGS[:5], days=1)
    (tmp_path / "other" / "songs.db").replace(tmp_path / "songs.db")
    assert Catalog(answers.engine).stats().songs == 5


def test_a_data_set_that_was_removed_is_read_until_another_comes(answers: Answers, tmp_path: Path) -> None:
    engine = answers.engine
    (tmp_path / "songs.db").unlink()
    assert answers.engine is engine
    make_data_set(tmp_path / "songs.db", SONGS[:5], days=1)
    assert Catalog(answers.engine).stats().songs == 5
