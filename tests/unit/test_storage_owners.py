"""Who holds a page, and whether that process still lives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from storage.owners import may_live, this_process


def test_this_process_lives() -> None:
    assert may_live(this_process())


def test_a_process_that_has_ended_is_known_to_be_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not may_live(f"{socket.gethostname()}/{ended.pid}/1")


def test_a_later_process_of_the_same_number_is_not_taken_for_the_earlier_one() -> None:
    if this_process().endswith("/"):
        pytest.skip("this system does not tell when a process began")
    assert not may_live(f"{socket.gethostname()}/{os.getpid()}/1")


@pytest.mark.parametrize("owner", ["another-machine/1/1", "whoever", "", "a/b/c/d"])
def test_nothing_is_claimed_about_processes_elsewhere(owner: str) -> None:
    assert may_live(owner)


def test_a_process_of_another_user_lives() -> None:
    assert may_live(f"{socket.gethostname()}/1/")
