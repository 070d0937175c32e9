"""Fixtures of the workbench's tests."""

import pytest

from tests.tui.made_runs import make_several
from tests.tui.pseudo_terminal import Session


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
