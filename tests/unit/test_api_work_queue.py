"""Work is done in its turn, waits in a line that has an end, and is not done for whoever has left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from reumi.api.errors import QueueFull
from reumi.api.work_queue import WorkQueue


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """What the work waits for; set in the end, so that no test leaves a thread behind."""
    event = threading.Event()
    yield event
    event.set()


def held(queue: WorkQueue, go: threading.Event) -> None:
    """Keep a thread of the queue busy until the event."""
    begun = threading.Event()

    def work() -> None:
        begun.set()
        go.wait(60)

    queue.put(work)
    assert begun.wait(60)


def test_work_is_done_in_its_turn_and_gives_its_result_or_its_error(go: threading.Event) -> None:
    queue, done = WorkQueue(1), []
    held(queue, go)
    futures = [queue.put(lambda number=number: done.append(number)) for number in range(5)]
    failing = queue.put(lambda: 1 // 0)
    go.set()
    with pytest.raises(ZeroDivisionError):
        failing.result(60)
    assert all(future.done() for future in futures)
    assert done == [0, 1, 2, 3, 4]
    assert queue.put(lambda: "more").result(60) == "more"
    queue.close()


def test_fifty_clients_four_times_over_may_wait_and_then_no_more(go: threading.Event) -> None:
    queue = WorkQueue(1)
    held(queue, go)
    waiting = [queue.put(lambda: 1) for _ in range(200)]
    full = WorkQueue(1, 2)
    held(full, go)
    for _ in range(2):
        full.put(lambda: 1)
    with pytest.raises(QueueFull, match="2 requests are waiting"):
        full.put(lambda: 1)
    go.set()
    assert sum(future.result(60) for future in waiting) == 200
    queue.close()
    full.close()


def test_withdrawn_work_is_not_begun_and_makes_room(go: threading.Event) -> None:
    queue, done = WorkQueue(1, 1), []
    held(queue, go)
    left = queue.put(lambda: done.append("left"))
    queue.withdraw(left)
    stays = queue.put(lambda: done.append("stays"))
    go.set()
    stays.result(60)
    queue.withdraw(stays)
    assert done == ["stays"]
    queue.close()


def test_all_threads_work_at_once() -> None:
    queue, together = WorkQueue(3), threading.Barrier(3)
    for future in [queue.put(lambda: together.wait(60)) for _ in range(3)]:
        future.result(60)
    queue.close()


def test_closing_gives_up_what_waits(go: threading.Event) -> None:
    queue = WorkQueue(1)
    held(queue, go)
    waits = queue.put(lambda: 1)
    closing = threading.Thread(target=queue.close)
    closing.start()
    go.set()
    closing.join(60)
    assert not closing.is_alive()
    assert waits.cancelled() or waits.result(60) == 1
