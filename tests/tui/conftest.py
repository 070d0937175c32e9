"""Fixtures of the workbench's tests."""

import pytest

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
