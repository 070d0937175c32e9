"""Fixtures of the workbench's tests."""

import asyncio
import importlib
import time

import pytest
from textual import app, pilot

from gptlab_tui.tui import follow, garbage, terminal
from gptlab_tui.tui.panes.runs import reading
from tests.tui.made_runs import make_several
from tests.tui.pseudo_terminal import Session


async def wait_for_idle(min_sleep=0.0, max_sleep=0.2):
    """Waits until nothing is worked at in this process for five milliseconds, or for `max_sleep` seconds."""
    end = time.monotonic() + min(max_sleep, 0.2)
    while True:
        before = time.process_time()
        await asyncio.sleep(0.005)
        if time.process_time() - before < 0.0005 or time.monotonic() > end:
            return


@pytest.fixture(scope="session", autouse=True)
def what_is_loaded_stays():
    """Modules last as long as the tests: collections of garbage need not look through them, 0.3 s each."""
    importlib.import_module("gptlab_tui.serving.desk")  # PyTorch, which most tests load anyway
    garbage.put_aside()
    garbage.collect_rarely()


@pytest.fixture(autouse=True)
def quick_clocks(monkeypatch):
    """What looks around every second or two does so at once, and keys follow one another quickly.

    Textual waits for idle twice around every key, 20 ms each at least, and up to a second where
    something streams. `until` waits for what matters.
    """
    monkeypatch.setattr(garbage, "put_aside", lambda: None)  # a workbench is to go with its test
    monkeypatch.setattr(follow, "_IDLE_S", 0.1)
    monkeypatch.setattr(terminal, "LOCAL_REDRAW_S", 0.1)
    monkeypatch.setattr(reading, "_REFRESH_S", 0.2)
    for module in (app, pilot):
        monkeypatch.setattr(module, "wait_for_idle", wait_for_idle)


@pytest.fixture
def session(home):
    """Starts `gptlab …` on a pseudo-terminal of its own; all of them end with the test."""
    opened = []

    def start(*arguments, **options):
        opened.append(Session(home, *arguments, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def runs(home):
    """A home with three runs and a folder that is none."""
    make_several(home)
    return home
