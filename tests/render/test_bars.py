"""Bars."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render.bars import bar, hashes

EIGHTHS = " ▏▎▍▌▋▊▉█"


@given(st.floats(), st.integers(0, 200))
def test_a_bar_is_as_wide_as_asked_and_as_full_as_it_can(fraction, width):
    drawn = bar(fraction, width)
    assert len(drawn) == width
    filled = sum(EIGHTHS.index(cell) for cell in drawn) / 8
    wanted = 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))
    assert abs(filled - wanted * width) <= 1 / 16


@pytest.mark.parametrize(("fraction", "drawn"), [(0, "    "), (0.5, "██  "), (1, "████"), (0.28, "█▏  ")])
def test_bars(fraction, drawn):
    assert bar(fraction, 4) == drawn


@pytest.mark.parametrize(
    ("fraction", "drawn"), [(0.0, "    "), (0.5, "##  "), (1.0, "####"), (7.0, "####"), (math.nan, "    ")]
)
def test_bars_in_ascii(fraction, drawn):
    assert bar(fraction, 4, ascii_only=True) == drawn


def test_a_bar_of_hashes_shows_whatever_is_not_nothing():
    assert [hashes(fraction, 8) for fraction in (0.0, 0.02, 0.03, 0.5, 1.0, 3.0, float("nan"))] == [
        "        ", "#       ", "#       ", "####    ", "########", "########", "        ",
    ]  # fmt: skip
