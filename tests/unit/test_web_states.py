"""The screen in every state, without a browser."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

from recommender.errors import IndexUnwritable, RecommenderError
from reumi.answers import Answers
from reumi.entry import LITTLE_KOREAN
from reumi.errors import DiaryUnreadable
from reumi.replica.catalogue import load_songs
from reumi.web import house
from reumi.web.diary_store import DiaryStore
from tagging.bundle import load_classifier
from tests.data_set import HOSTILE, make_data_set

DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다."


def page(name: str) -> AppTest:
    return AppTest.from_string(f"from reumi.web import {name}\n{name}.show()\n", default_timeout=30)


def html(app: AppTest) -> str:
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def write(app: AppTest, text: str) -> AppTest:
    app.text_area(key="diary").set_value(text)
    app.button[0].click()
    return app.run()


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_data_set(tmp_path_factory.mktemp("screen") / "songs.db", [*load_songs().values(), HOSTILE])


@pytest.fixture(autouse=True)
def no_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare every page the reading of all installed packages' metadata, in search of components that we have none of."""
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)


# Every test has another diary, and with it other answers; the model is the same.
opened_once = cache(load_classifier)


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder without a data set; settings point into it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REUMI_DATABASE_URL", f"sqlite:///{tmp_path / 'songs.db'}")
    monkeypatch.setenv("REUMI_DIARY", str(tmp_path / "diary.db"))
    monkeypatch.setattr("reumi.answers.load_classifier", opened_once)
    yield tmp_path
    house.answers().close()


@pytest.fixture
def folder(nothing: Path, data_set: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with the data set."""
    monkeypatch.setenv("REUMI_DATABASE_URL", data_set)
    return nothing


def songs_of(app: AppTest) -> list[str]:
    return [part.split('"')[0] for part in html(app).split("songId=")[1:]]


def test_before_any_entry_the_page_invites(folder: Path) -> None:
    app = page("diary_page").run()
    assert "일기를 기록하고 나만의 감성이 담긴 플레이리스트를 추천받으세요." in html(app)
    assert "오늘 무슨 일이 있었고 어떤 감정을 느끼셨나요?" in app.text_area(key="diary").label
    assert app.button[0].label == "일기 기록하기"


def test_an_entry_is_read_and_answered_with_three_songs(folder: Path) -> None:
    app = write(page("diary_page").run(), DIARY)
    shown = html(app)
    assert "오늘의 마음은" in shown
    assert shown.count('<li class="song">') == 3
    assert "버스에서 자꾸 눈물이 났다" in shown
    assert "https://www.youtube.com/results?search_query=" in shown
    assert "song/detail.htm?songId=" in shown


def test_other_songs_are_new_ones_until_one_begins_again(folder: Path) -> None:
    app = write(page("diary_page").run(), DIARY)
    first = songs_of(app)
    app.button(key="other").click().run()
    second = songs_of(app)
    assert len(set(first) | set(second)) == 6
    app.button(key="fresh").click().run()
    assert songs_of(app) == first


def test_mode_genre_and_number_change_the_answer_at_once(folder: Path) -> None:
    app = write(page("diary_page").run(), DIARY)
    sad = songs_of(app)
    next(group for group in app.get("button_group") if group.key == "mode").set_value("lift").run()
    assert "오늘은 기분을 바꿔 줄 노래를 골랐어요" in html(app)
    assert songs_of(app) != sad
    app.multiselect(key="genres").set_value(["트로트"]).run()
    app.number_input(key="k").set_value(5).run()
    assert html(app).count("<span>트로트</span>") == 5


@pytest.mark.parametrize(("text", "words"), [("   \n", "일기장이 비어 있어요"), ("가" * 20_001, "조금만 줄여 주세요")])
def test_an_empty_or_endless_entry_gets_friendly_words(folder: Path, text: str, words: str) -> None:
    app = write(page("diary_page").run(), text)
    assert words in html(app)
    assert '<li class="song">' not in html(app)


@pytest.mark.parametrize("text", ["😭😭😭", "I failed the interview again and cried on the bus."])
def test_an_entry_with_little_korean_is_answered_with_a_gentle_word(folder: Path, text: str) -> None:
    app = write(page("diary_page").run(), text)
    assert LITTLE_KOREAN in html(app)
    assert html(app).count('<li class="song">') == 3
    assert LITTLE_KOREAN not in html(write(app, DIARY))


def test_when_every_song_was_seen_it_says_so_and_begins_again(nothing: Path) -> None:
    songs = [song for song in load_songs().values() if song.genre_code == "GN0700" and song.lyrics][:4]
    make_data_set(nothing / "songs.db", songs, days=1)
    app = write(page("diary_page").run(), DIARY)
    app.number_input(key="k").set_value(2).run()
    for _ in range(2):
        app.button(key="other").click().run()
    assert "그 조건에 맞는 노래가 아직 없어요" in html(app)
    app.button(key="fresh").click().run()
    assert len(songs_of(app)) == 2


@pytest.mark.parametrize("name", ["diary_page", "data_page"])
def test_without_songs_the_page_says_what_to_run(nothing: Path, name: str) -> None:
    app = page(name).run()
    if name == "diary_page":
        write(app, DIARY)
    assert "아직 들려드릴 노래가 없어요" in html(app)
    assert "reumi tag" in html(app)


def test_without_a_model_the_page_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REUMI_MODEL", str(folder / "nowhere"))
    app = write(page("diary_page").run(), DIARY)
    assert "마음을 읽는 모델을 찾지 못했어요" in html(app)


@pytest.mark.parametrize(
    ("error", "words"),
    [(IndexUnwritable("no room"), "노래 색인을 저장할 수 없어요"), (RecommenderError("something else"), "노래를 고를 수 없어요")],
)
def test_whatever_keeps_the_recommender_from_answering_becomes_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: RecommenderError, words: str
) -> None:
    def refuse(*_given: Any, **_named: Any) -> None:
        raise error

    monkeypatch.setattr(Answers, "recommend", refuse)
    shown = html(write(page("diary_page").run(), DIARY))
    assert words in shown
    assert str(error) in shown


def test_texts_from_outside_are_shown_as_text(folder: Path) -> None:
    app = write(page("diary_page").run(), "오늘은 괜히 눈물이 났다 <script>window.hacked = true</script>. <b>슬픔</b>에 젖어 혼자 울었다.")
    app.multiselect(key="genres").set_value(["발라드"])
    app.number_input(key="k").set_value(20).run()
    shown = html(app)
    assert HOSTILE.song_id in songs_of(app)
    assert "&lt;script&gt;window.hacked" in shown
    for raw in ("<script", "<b>슬픔", "<b>가수", 'onerror="', "<img src=x"):
        assert raw not in shown


def test_nothing_is_kept_until_the_diary_is_turned_on(folder: Path) -> None:
    app = write(page("diary_page").run(), DIARY)
    assert "지금은 아무것도 저장하지 않아요" in html(app)
    assert not (folder / "diary.db").exists()
    days = page("days_page").run()
    assert "아직 간직한 일기가 없어요" in html(days)


def test_a_kept_entry_is_found_again_and_can_be_deleted(folder: Path) -> None:
    app = page("diary_page").run()
    app.toggle(key="keep").set_value(True).run()
    write(app, DIARY)
    app.button(key="other").click().run()
    latest = songs_of(app)
    days = page("days_page").run()
    shown = html(days)
    assert "버스에서 자꾸 눈물이 났다" in shown
    assert "의 마음 달력" in shown
    assert shown.count("<li>") == len(latest) == 3
    days.button(key="delete-1").click().run()
    assert "아직 간직한 일기가 없어요" in html(days)


def test_an_entry_is_kept_once_though_the_diary_was_off_in_between(folder: Path) -> None:
    app = page("diary_page").run()
    app.toggle(key="keep").set_value(True).run()
    write(app, DIARY)
    app.toggle(key="keep").set_value(False).run()
    app.button(key="other").click().run()
    app.toggle(key="keep").set_value(True).run()
    app.button(key="other").click().run()
    (entry,) = DiaryStore(folder / "diary.db").entries()
    assert [song["song_id"] for song in entry.songs] == songs_of(app)


def test_deleting_everything_removes_the_file_and_turns_it_off(folder: Path) -> None:
    app = page("diary_page").run()
    app.toggle(key="keep").set_value(True).run()
    write(app, DIARY)
    assert (folder / "diary.db").stat().st_mode & 0o077 == 0
    days = page("days_page").run()
    days.button(key="before").click().run()
    assert "이 달에는 적은 일기가 없어요" in html(days)
    days.button(key="delete-all").click().run()
    assert not (folder / "diary.db").exists()
    assert not page("diary_page").run().toggle(key="keep").value


def test_a_window_that_is_out_of_date_does_not_turn_the_diary_off(folder: Path) -> None:
    early = page("diary_page").run()
    late = page("diary_page").run()
    late.toggle(key="keep").set_value(True).run()
    write(early, DIARY)
    write(late, DIARY)
    assert "버스에서 자꾸 눈물이 났다" in html(page("days_page").run())


def test_a_diary_that_cannot_be_made_is_explained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("REUMI_DIARY", str(folder / "file" / "diary.db"))
    app = page("diary_page").run()
    app.toggle(key="keep").set_value(True).run()
    assert "일기장 파일을 열 수 없어요" in html(app)


def test_a_screen_that_others_can_reach_keeps_no_diary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit

    real = streamlit.get_option
    monkeypatch.setattr(streamlit, "get_option", lambda name: "0.0.0.0" if name == "server.address" else real(name))
    assert not page("diary_page").run().toggle
    assert "여럿이 쓰는 화면이에요" in html(page("days_page").run())


def test_a_file_that_is_no_diary_is_named_and_left_alone(folder: Path) -> None:
    (folder / "diary.db").write_text("a shopping list")
    assert "일기장 파일을 열 수 없어요" in html(page("diary_page").run())
    assert "일기장 파일을 열 수 없어요" in html(page("days_page").run())
    assert (folder / "diary.db").read_text() == "a shopping list"


def test_another_programs_database_gets_none_of_the_diarys_tables(folder: Path) -> None:
    place = folder / "diary.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE savings (euros INTEGER)")
    before = place.read_bytes()
    assert "일기장 파일을 열 수 없어요" in html(page("diary_page").run())
    diary = DiaryStore(place)
    for touch in (lambda: diary.is_on, diary.entries, diary.turn_on, diary.turn_off):
        with pytest.raises(DiaryUnreadable, match="REUMI_DIARY"):
            touch()
    assert place.read_bytes() == before


def test_a_diary_that_was_broken_off_while_it_was_made_can_be_turned_on(folder: Path) -> None:
    (folder / "diary.db").touch()
    diary = DiaryStore(folder / "diary.db")
    assert not diary.is_on
    assert diary.entries() == []
    diary.delete(1)
    diary.turn_on()
    assert diary.is_on


def test_the_data_page_counts_and_narrows(folder: Path) -> None:
    app = page("data_page").run()
    shown = html(app)
    assert f"노래 {len(load_songs()) + 1:,}곡" in shown
    assert "최근 수집" in shown
    app.selectbox(key="data-genre").set_value("발라드").run()
    app.selectbox(key="data-emotion").set_value("슬픔").run()
    app.text_input(key="words").set_value("<script>").run()
    assert "노래 1곡" in html(app)
    frame: Any = app.dataframe[0].value
    assert list(frame["제목"]) == [HOSTILE.title]
    assert "<script" not in html(app)
    app.text_input(key="words").set_value("이런 노래는 없어요").run()
    assert "조건에 맞는 노래가 없어요" in html(app)


def test_the_csv_follows_the_filters_without_lyrics_or_formulas(folder: Path) -> None:
    from reumi.web import dataset
    from storage.catalog import SongFilter

    text = dataset.csv(dataset.version(), SongFilter(text="<script>")).decode("utf-8-sig")
    assert text.count(HOSTILE.song_id) == 1
    assert "눈물이 멈추지 않아" not in text
