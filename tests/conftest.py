"""Fixtures for every room."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gptlab_tui.home import Home

# A loaded machine is no reason to fail; how long a test may take is pytest-timeout's business. What judges
# a change looks at the same examples each time; new ones are tried wherever somebody works on it.
settings.register_profile("gptlab", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("gptlab")

# Started in the background of a shell, tests ignore SIGINT and so would the processes they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# A width that the terminal of whoever runs the tests happens to have is none of theirs.
os.environ.pop("COLUMNS", None)
# Two tests at once on two cores: each of them, and what it starts, computes on one.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of texts that are not ours (see README, "Tests"); skips where there is none."""
    folder = os.environ.get("GPTLAB_TEST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("GPTLAB_TEST_DATA does not name a folder of test texts")
    return Path(folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own for one test."""
    return Home(tmp_path / "home")


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """threads(2): computes on so many until the end of the test."""
    import torch

    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)
