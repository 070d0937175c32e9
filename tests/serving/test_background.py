"""Work in the background of the model process: what it tells, returns and raises, and how it is stopped."""

import threading

import pytest

from gptlab_tui.serving.background import in_background
from gptlab_tui.serving.job import Job


def to_the_end(steps):
    """What it says without its rests, and what it returns."""
    told = []
    while True:
        try:
            said = next(steps)
        except StopIteration as end:
            return told, end.value
        if said is not None:
            told.append(said)


def test_the_newest_of_what_it_tells_comes_and_then_its_result():
    seen = threading.Event()

    def work(tell, stopped):
        tell({"kind": "progress", "said": "a"})
        tell({"kind": "progress", "said": "b"})
        seen.wait(10)
        return 7

    job = Job(1, {"do": "x"})
    steps = in_background(job, work)
    assert next(steps) == {"kind": "progress", "said": "b"}
    assert job.rests_s > 0  # others have their turn
    seen.set()
    assert to_the_end(steps) == ([], 7)


def test_what_it_raises_is_raised():
    def work(tell, stopped):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        to_the_end(in_background(Job(1, {"do": "x"}), work))


def test_it_is_told_when_nobody_waits_any_more():
    ended = threading.Event()

    def work(tell, stopped):
        while not stopped():
            ended.wait(0.001)
        ended.set()

    steps = in_background(Job(1, {"do": "x"}), work)
    next(steps)
    steps.close()
    assert ended.wait(10)
