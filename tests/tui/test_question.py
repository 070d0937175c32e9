"""Questions of which only the newest matters."""

from types import SimpleNamespace

import pytest

from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.question import SLOW_S, Question


class Asker:
    """A widget, its timers, and the model process that its application asks."""

    def __init__(self):
        self.app = SimpleNamespace(models=self)
        self.asked, self.cancelled, self.timers = [], [], []

    def ask(self, asker, do, **arguments):
        assert asker is self
        self.asked.append((do, arguments))
        return len(self.asked)

    def cancel(self, number):
        self.cancelled.append(number)

    def set_timer(self, delay, callback):
        self.timers.append((delay, callback))


@pytest.fixture
def asker():
    return Asker()


def answer(number, kind="found"):
    return ModelAnswer({"id": number, "kind": kind})


def test_the_newest_takes_the_place_of_what_is_on_its_way(asker):
    question, heard = Question(asker), []
    assert not question.is_waiting
    question.ask("map", layer=1)
    question.ask("map", layer=2)
    assert asker.cancelled == [1]
    assert question.asked == {"layer": 2}
    assert not question.hear(answer(1), heard.append)
    assert question.hear(answer(2), heard.append)
    assert question.is_waiting
    assert question.hear(answer(2, "done"), heard.append)
    assert [message.kind for message in heard] == ["found", "done"]
    assert not question.is_waiting
    question.ask("map", layer=3)
    assert asker.cancelled == [1]  # what has been answered is not called off


def test_of_what_waits_the_newest_is_asked(asker):
    question = Question(asker)
    for step in range(4):
        question.ask_next("map", step=step)
    assert question.is_outdated
    assert asker.asked == [("map", {"step": 0})]
    question.hear(answer(1), lambda message: None)
    assert len(asker.asked) == 1
    question.hear(answer(1, "done"), lambda message: None)
    assert asker.asked[1:] == [("map", {"step": 3})]
    assert asker.cancelled == []
    assert not question.is_outdated


@pytest.mark.parametrize("last", ["done", "failed", "cancelled"])
def test_whoever_hears_the_last_answer_may_ask_something_else(asker, last):
    question = Question(asker)
    question.ask_next("map", step=0)
    question.ask_next("map", step=1)
    question.hear(answer(1, last), lambda message: question.ask("map", step=7))
    assert asker.asked[1:] == [("map", {"step": 7})]  # in the place of what waited


def test_what_was_called_off_is_not_heard_and_nothing_follows(asker):
    question = Question(asker)
    question.ask_next("map", step=0)
    question.ask_next("map", step=1)
    assert question.call_off()
    assert not question.call_off()
    assert not question.hear(answer(1, "cancelled"), pytest.fail)
    assert len(asker.asked) == 1
    assert asker.cancelled == [1]


def test_a_question_that_was_never_asked_hears_nothing(asker):
    assert not Question(asker).hear(answer(0), pytest.fail)


def test_slow_answers_are_told(asker):
    told = []
    question = Question(asker, lambda: told.append(question.number))
    question.ask("map")
    question.ask("map")
    question.ask("map")
    question.hear(answer(3, "done"), lambda message: None)
    question.ask("map")
    for delay, callback in asker.timers:
        assert delay == SLOW_S
        callback()
    assert told == [4]  # of the four the only one that is still on its way
