"""Who uses a device now: by its name, or by the card's own where both tell it."""

import pytest

from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.neighbours import on_same_device


@pytest.fixture
def training(home):
    """training("a", "cuda:0", "GPU-1"): a run that is alive there."""
    held = []

    def start(name, device="cuda:0", card=None):
        run = Run(home.runs / name)
        run.path.mkdir(parents=True)
        record = {"event": "started", "step": 0, "device": device}
        with JournalWriter(run.journal) as journal:
            journal.append(record | ({} if card is None else {"card": card}))
        lock = RunLock(run)
        lock.acquire()
        held.append(lock)
        return run

    yield start
    for lock in held:
        lock.release()


def test_two_runs_that_name_the_same_device_share_it(home, training):
    mine = training("mine")
    training("other")
    training("elsewhere", "cuda:1")
    assert on_same_device(home, mine, "cuda:0") == ["other"]
    assert on_same_device(home, mine, "cpu") == []


def test_what_the_cards_call_themselves_counts_more_than_what_a_process_calls_them(home, training):
    mine = training("mine", "cuda:0", "GPU-1")
    training("same", "cuda:3", "GPU-1")
    training("other", "cuda:0", "GPU-2")
    training("old", "cuda:0")  # which did not tell it
    assert on_same_device(home, mine, "cuda:0", "GPU-1") == ["old", "same"]


def test_a_run_that_cannot_be_read_is_no_neighbour(home, training):
    mine, broken = training("mine"), training("broken")
    broken.journal.unlink()
    broken.journal.mkdir()
    assert on_same_device(home, mine, "cuda:0") == []
