"""The interface keeps what its own description promises, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from reumi.replica.catalogue import load_songs
from reumi.settings import Settings
from tests.data_set import HOSTILE, make_data_set, service


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data_set = make_data_set(tmp_path_factory.mktemp("schema") / "songs.db", [*list(load_songs().values())[:60], HOSTILE], days=2)
    with service(Settings(database_url=data_set, api_rate=0)) as running:
        yield running


@pytest.fixture(scope="module")
def description(address: str) -> Any:
    # Here and not above: every worker collects this file, and one runs it.
    import schemathesis

    return schemathesis.openapi.from_url(f"{address}/openapi.json")


OPERATIONS = [
    ("POST", "/v1/recommendations"),
    ("POST", "/v1/emotions"),
    ("GET", "/v1/songs"),
    ("GET", "/v1/songs/{song_id}"),
    ("GET", "/v1/charts/{chart}"),
    ("GET", "/v1/stats"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
]


def try_out(description: Any, method: str, path: str, cases: int) -> None:
    """Send requests that fit the description and requests that do not, and check every answer against it."""

    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

    @seed(20261124)
    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=st.one_of(*(description[path][method].as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def one(case: Any) -> None:
        # The first answer by another scorer imports its libraries, which a busy machine takes its time for.
        case.call_and_validate(checks=checks, timeout=120)

    one()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_breaks_the_service(description: Any, method: str, path: str) -> None:
    try_out(description, method, path, 25)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_thousand_requests_break_nothing(description: Any, method: str, path: str) -> None:
    try_out(description, method, path, 250)


def test_every_operation_is_tried_out(address: str) -> None:
    described = httpx.get(f"{address}/openapi.json").json()
    assert {(method.upper(), path) for path, operations in described["paths"].items() for method in operations} == set(OPERATIONS)


def test_the_description_has_examples_that_work(address: str) -> None:
    described = httpx.get(f"{address}/openapi.json").json()
    for name, path in (("RecommendationRequest", "/v1/recommendations"), ("EmotionsRequest", "/v1/emotions")):
        examples = described["components"]["schemas"][name]["examples"]
        assert examples
        for example in examples:
            assert httpx.post(f"{address}{path}", json=example).status_code in (200, 404)


def test_every_error_is_described_as_a_problem(address: str) -> None:
    described = httpx.get(f"{address}/openapi.json").json()
    assert described["components"]["schemas"]["Problem"]["required"] == ["title", "status", "detail"]
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], json.dumps(operation["operationId"])
