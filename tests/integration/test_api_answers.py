"""The service answers as the Python API does, and turns every mistake into a problem."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender import Mode, Recommender, Wish
from reumi.api.app import create_app
from reumi.entry import LITTLE_KOREAN
from reumi.replica.catalogue import load_songs
from reumi.settings import Settings
from storage.catalog import Catalog, SongFilter
from storage.schema import open_for_reading
from tests.data_set import HOSTILE, make_data_set, served, service
from tests.waiting import until

DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다."


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_data_set(tmp_path_factory.mktemp("api") / "songs.db", [*load_songs().values(), HOSTILE])


@pytest.fixture(scope="module")
def api(data_set: str) -> Iterator[httpx.Client]:
    with service(Settings(database_url=data_set, api_rate=0)) as address, httpx.Client(base_url=address) as client:
        yield client


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


def test_a_diary_gets_the_songs_that_the_python_api_gives(api: httpx.Client, data_set: str) -> None:
    answer = api.post("/v1/recommendations", json={"text": DIARY, "k": 5, "mode": "lift", "genres": ["인디음악", "댄스"], "seed": 4})
    wish = Wish(mode=Mode.LIFT, genres=frozenset({"인디", "댄스"}), seed=4)
    expected = Recommender.open(data_set).recommend(DIARY, 5, wish)
    assert answer.status_code == 200
    assert [song["song_id"] for song in answer.json()["songs"]] == [song.song_id for song in expected.songs]
    assert answer.json()["emotion"] == expected.emotion
    assert answer.json()["songs"][0]["reasons"] == expected.songs[0].reasons


def test_the_same_question_again_gets_the_same_bytes_and_a_changed_one_its_own_answer(api: httpx.Client) -> None:
    def ask(**changed: Any) -> bytes:
        return api.post("/v1/recommendations", json={"text": "비가 와서 종일 방에만 있었다.", "k": 2, **changed}).content

    first = ask()
    assert ask() == first
    for changed in ({"k": 3}, {"mode": "lift"}, {"emotion": "분노"}, {"text": "비가 와서 신나게 놀았다."}):
        assert ask(**changed) != first


def test_no_answer_is_kept_for_long_though_nobody_asks_again(data_set: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reumi.api.answer_memory.KEPT_FOR", 0.1)
    app = create_app(Settings(database_url=data_set, api_rate=0))
    with served(app) as address:
        assert httpx.post(f"{address}/v1/recommendations", json={"text": DIARY}).status_code == 200
        until(lambda: not len(app.state.desk.memory), "the answer is still kept")


def test_songs_that_were_seen_can_be_left_out(api: httpx.Client) -> None:
    first = [song["song_id"] for song in api.post("/v1/recommendations", json={"text": DIARY}).json()["songs"]]
    second = [song["song_id"] for song in api.post("/v1/recommendations", json={"text": DIARY, "exclude": first}).json()["songs"]]
    assert len(first) == len(second) == 3
    assert not set(first) & set(second)


def test_a_text_is_read_sentence_by_sentence(api: httpx.Client) -> None:
    answer = api.post("/v1/emotions", json={"text": DIARY}).json()
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["emotion"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert [said["text"] for said in answer["sentences"]] == [
        "면접에서 또 떨어졌다.",
        "괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다.",
    ]
    assert sum(said["weight"] for said in answer["sentences"]) == pytest.approx(1)


@pytest.mark.parametrize(("text", "said"), [(DIARY, None), ("😭😭😭", LITTLE_KOREAN), ("I cried on the bus today.", LITTLE_KOREAN)])
def test_a_text_with_little_korean_is_answered_with_a_notice(api: httpx.Client, text: str, said: str | None) -> None:
    for path in ("/v1/recommendations", "/v1/emotions"):
        answer = api.post(path, json={"text": text})
        assert answer.status_code == 200
        assert answer.json()["notice"] == said


def test_pages_of_songs_join_without_gap_or_repetition(api: httpx.Client, data_set: str) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        page = api.get("/v1/songs", params={"limit": 37, **({"after": after} if after else {})}).json()
        seen += [song["song_id"] for song in page["songs"]]
        after = page["next"]
        if after is None:
            break
    engine = open_for_reading(data_set)
    assert seen == [song.song_id for song in Catalog(engine).search(SongFilter())]
    engine.dispose()


def test_songs_are_narrowed_by_every_filter(api: httpx.Client) -> None:
    page = api.get("/v1/songs", params={"genre": "dance", "emotion": "슬픔", "chart": "top100", "listing": "steady", "min_likes": 1}).json()
    assert page["songs"]
    assert {(song["genre"], song["emotion"]) for song in page["songs"]} == {("댄스", "슬픔")}
    assert api.get("/v1/songs", params={"text": "그런 노래는 없습니다"}).json() == {"songs": [], "next": None}


def test_a_song_comes_with_its_history_and_without_its_lyrics(api: httpx.Client) -> None:
    song = api.get(f"/v1/songs/{HOSTILE.song_id}").json()
    assert song["title"] == HOSTILE.title
    assert [seen["likes"] for seen in song["like_history"]] == sorted(seen["likes"] for seen in song["like_history"])
    assert len(song["like_history"]) == 3
    assert {seen["list_name"] for seen in song["rank_history"]} == {"genre/GN0100/steady"}
    assert sum(song["line_counts"].values()) == song["lines"]
    assert "눈물이 멈추지 않아" not in json.dumps(song, ensure_ascii=False)


def test_a_chart_is_the_latest_one_by_rank(api: httpx.Client) -> None:
    chart = api.get("/v1/charts/top100", params={"limit": 10}).json()
    assert chart["period"] == "2026112221"
    assert [row["rank"] for row in chart["rows"]] == list(range(1, 11))
    assert "hot100" in problem(api.get("/v1/charts/hot100"), 404)["detail"]


def test_statistics_count_the_data_set(api: httpx.Client) -> None:
    stats = api.get("/v1/stats").json()
    assert stats["songs"] == len(load_songs()) + 1
    assert sum(stats["emotions"].values()) == stats["songs"]


def test_health_and_metrics_tell_operators(api: httpx.Client) -> None:
    api.post("/v1/recommendations", json={"text": DIARY})
    health = api.get("/healthz").json()
    assert health["status"] == "ok"
    text = api.get("/metrics").text
    assert f"reumi_songs {health['songs']}.0" in text
    assert 'route="/v1/recommendations",status="200"' in text
    assert "reumi_recommendations_total{emotion=" in text


def test_raw_paths_never_become_labels(api: httpx.Client) -> None:
    api.get("/v1/songs/123")
    api.get("/made/up/987654")
    text = api.get("/metrics").text
    assert 'route="/v1/songs/{song_id}"' in text
    assert "987654" not in text


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.text"),
        ({"text": ""}, "body.text"),
        ({"text": "슬퍼", "k": 101}, "body.k"),
        ({"text": "슬퍼", "emotion": "우울"}, "body.emotion"),
        ({"text": "슬퍼", "years": [2010]}, "body.years.1"),
        ({"text": "슬퍼", "exclude": ["12; DROP TABLE"]}, "body.exclude.0"),
        ({"text": "슬퍼", "colour": "red"}, "body"),
        ({"text": "슬퍼", "genres": ["댄스", "록발라드풍"]}, "body.genres.1"),
        ({"text": "가" * 20_001}, "body.text"),
    ],
)
def test_a_request_that_does_not_fit_is_told_where(api: httpx.Client, body: dict[str, Any], where: str) -> None:
    errors = problem(api.post("/v1/recommendations", json=body), 422)["errors"]
    assert where in {error["where"] for error in errors}


@pytest.mark.parametrize("wish", [{"genres": ["록발라드풍"]}, {"years": [2020, 2010]}])
def test_an_impossible_wish_is_refused_in_a_sentence(api: httpx.Client, wish: dict[str, Any]) -> None:
    problem(api.post("/v1/recommendations", json={"text": "슬퍼", **wish}), 422)


@pytest.mark.parametrize("text", [" \n\t ", "\u200b \u3000"])
def test_a_diary_of_white_space_never_breaks_the_service(api: httpx.Client, text: str) -> None:
    assert api.post("/v1/recommendations", json={"text": text}).status_code in (200, 422)


def test_a_diary_that_is_too_long_is_refused_in_the_words_of_the_command_line(api: httpx.Client) -> None:
    for path in ("/v1/recommendations", "/v1/emotions"):
        errors = problem(api.post(path, json={"text": "가" * 20_001}), 422)["errors"]
        assert errors == [
            {
                "where": "body.text",
                "problem": "the diary entry has 20,001 characters, and at most 20,000 are read at a time; shorten or divide it",
            }
        ]
    described = api.get("/openapi.json").json()["components"]["schemas"]
    assert described["RecommendationRequest"]["properties"]["text"]["maxLength"] == 20_000


def test_korean_in_problems_can_be_read(api: httpx.Client) -> None:
    response = api.post("/v1/recommendations", json={"text": "슬퍼", "genres": ["록발라드풍"]})
    assert "발라드, " in problem(response, 422)["errors"][0]["problem"]
    assert "발라드, ".encode() in response.content


def test_no_text_of_a_request_comes_back_in_a_problem(api: httpx.Client) -> None:
    secret = "나만의비밀"
    for wrong in ({"genres": [secret]}, {secret: 1}, {"emotion": secret}, {"mode": secret}, {"k": secret}, {"exclude": [secret]}):
        response = api.post("/v1/recommendations", json={"text": "슬퍼", **wrong})
        assert secret not in json.dumps(problem(response, 422), ensure_ascii=False)
    for path in (f"/v1/songs?genre={secret}", f"/v1/songs?listing={secret}", f"/v1/songs/{secret}", f"/v1/charts/{secret}"):
        assert secret not in json.dumps(problem(api.get(path), 422), ensure_ascii=False)


def test_an_index_that_cannot_be_written_is_a_problem_that_says_so(data_set: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with service(Settings(database_url=data_set, api_rate=0, index_dir=str(tmp_path / "file" / "index"))) as address:
        for answer in (httpx.post(f"{address}/v1/recommendations", json={"text": DIARY}), httpx.get(f"{address}/healthz")):
            assert answer.status_code == 503
            assert "REUMI_INDEX_DIR" in answer.text


def test_no_song_behind_the_filters_is_a_404(api: httpx.Client) -> None:
    assert "filters" in problem(api.post("/v1/recommendations", json={"text": "슬퍼", "min_likes": 1_999_999_999}), 404)["detail"]


def test_half_a_surrogate_pair_is_a_mistake_of_the_caller(api: httpx.Client) -> None:
    body = b'{"text": "\\ud800", "\\udfff": 1}'
    problem(api.post("/v1/emotions", content=body, headers={"content-type": "application/json"}), 422)


def test_hostile_titles_come_back_as_the_text_that_they_are(api: httpx.Client) -> None:
    found = api.get("/v1/songs", params={"text": "<script>", "limit": 5})
    assert found.headers["content-type"] == "application/json"
    assert [song["title"] for song in found.json()["songs"]] == [HOSTILE.title]


def test_unknown_paths_and_methods_are_problems_too(api: httpx.Client) -> None:
    problem(api.get("/v2"), 404)
    problem(api.delete("/v1/songs"), 405)


def test_without_a_data_set_it_starts_and_says_what_is_missing(tmp_path: Path) -> None:
    place = tmp_path / "songs.db"
    with service(Settings(database_url=f"sqlite:///{place}")) as address, httpx.Client(base_url=address) as client:
        assert client.get("/healthz").status_code == 503
        assert "reumi crawl" in problem(client.post("/v1/recommendations", json={"text": DIARY}), 503)["detail"]
        make_data_set(place, list(load_songs().values())[:20], days=1)
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.post("/v1/recommendations", json={"text": DIARY}).status_code == 200
