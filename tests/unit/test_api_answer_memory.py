"""Answers are remembered for the index that gave them, a while, and not without end."""

from __future__ import annotations

from reumi.api.answer_memory import KEPT_FOR, AnswerMemory, Remembered

FIRST, SECOND = Remembered(b"{1}", "슬픔"), Remembered(b"{2}", "행복")
INDEX, NEWER = object(), object()


def test_the_same_request_gets_the_same_answer_and_another_none() -> None:
    memory = AnswerMemory()
    assert memory.get(INDEX, "a") is None
    memory.put(INDEX, "a", FIRST)
    assert memory.get(INDEX, "a") == FIRST
    assert memory.get(INDEX, "b") is None


def test_a_new_index_forgets_what_the_old_one_answered() -> None:
    memory = AnswerMemory()
    memory.put(INDEX, "a", FIRST)
    assert memory.get(NEWER, "a") is None
    memory.put(NEWER, "b", SECOND)
    assert memory.get(NEWER, "a") is None
    assert len(memory) == 1
    assert memory.get(INDEX, "a") is None


def test_the_oldest_answers_go_first_and_asking_again_does_not_keep_them() -> None:
    memory = AnswerMemory(most=2)
    for name in ("a", "b"):
        memory.put(INDEX, name, FIRST)
    assert memory.get(INDEX, "a") == FIRST
    memory.put(INDEX, "c", SECOND)
    assert memory.get(INDEX, "a") is None
    assert memory.get(INDEX, "b") == FIRST


def test_an_answer_is_forgotten_after_a_while() -> None:
    seconds = [0.0]
    memory = AnswerMemory(now=lambda: seconds[0])
    memory.put(INDEX, "a", FIRST)
    seconds[0] = KEPT_FOR - 1
    assert memory.get(INDEX, "a") == FIRST
    seconds[0] = KEPT_FOR + 1
    assert memory.get(INDEX, "a") is None
    assert len(memory) == 0


def test_it_tells_how_long_nothing_more_will_be_forgotten() -> None:
    seconds = [0.0]
    memory = AnswerMemory(now=lambda: seconds[0])
    assert memory.forget_old() == KEPT_FOR
    memory.put(INDEX, "a", FIRST)
    seconds[0] = 100
    memory.put(INDEX, "b", SECOND)
    assert memory.forget_old() == KEPT_FOR - 100
    seconds[0] = KEPT_FOR
    assert memory.forget_old() == 100
    assert len(memory) == 1
    seconds[0] = KEPT_FOR + 100
    memory.forget_old()
    assert len(memory) == 0


def test_being_asked_over_a_new_index_is_enough_to_forget() -> None:
    memory = AnswerMemory()
    memory.put(INDEX, "a", FIRST)
    assert memory.get(NEWER, "b") is None
    assert len(memory) == 0
