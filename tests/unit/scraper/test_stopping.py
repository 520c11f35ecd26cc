from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from scraper.errors import Stopped
from scraper.stopping import StopSignal


def test_a_wait_ends_as_soon_as_the_crawl_is_asked_to_end() -> None:
    stop = StopSignal()
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        stop.wait(60.0)
    assert time.monotonic() - began < 30  # a bound that only tells an interrupted wait from a whole one


def test_a_signal_breaks_off_a_wait_for_the_browser() -> None:
    stop = StopSignal()

    def wait_for_the_browser() -> None:
        with stop.interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(30)

    with stop.on_signals(), pytest.raises(Stopped, match="SIGTERM"):
        wait_for_the_browser()
    assert stop.is_set()


def test_a_signal_while_records_are_written_waits_for_the_next_page() -> None:
    stop = StopSignal()
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        written = True  # nothing was raised in between
        with pytest.raises(Stopped):
            stop.check()
    assert written


def test_the_handlers_from_before_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with StopSignal().on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_another_thread_leaves_the_signals_alone() -> None:
    seen: list[object] = []

    def elsewhere() -> None:
        with StopSignal().on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]
