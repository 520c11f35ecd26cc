"""A server says where it listens only once it knows that it can."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator

import pytest

from reumi.cli.listening import free_address
from reumi.cli.main import run
from reumi.errors import AddressRefused


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize(("command", "package"), [("web", "streamlit"), ("api", "uvicorn")])
def test_on_a_busy_port_one_sentence_and_no_address_is_shown(
    command: str, package: str, busy: int, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}")
    assert run([command, "--port", str(busy)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"reumi: `reumi {command}` cannot listen on 127.0.0.1:{busy} (address already in use): choose another")
    assert len(shown.err.splitlines()) == 1


def test_a_host_that_is_none_of_this_machines_is_named() -> None:
    with pytest.raises(AddressRefused, match=r"cannot listen on 192\.0\.2\.1:8080"):
        free_address("api", "192.0.2.1", 8080)


def test_port_0_becomes_the_port_that_is_free() -> None:
    assert free_address("api", "127.0.0.1", 0) > 0
