"""Bars and sparklines."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render.bars import bar, means, sparkline

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


def test_a_bar_of_hashes_shows_what_a_bar_of_blocks_shows():
    fractions = (0.0, 0.02, 0.03, 0.5, 1.0, 3.0, math.nan)
    assert [bar(fraction, 8, ascii_only=True) for fraction in fractions] == [
        "        ", "#       ", "#       ", "####    ", "########", "########", "        ",
    ]  # fmt: skip


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300), st.integers(1, 80))
def test_a_sparkline_fits_and_touches_both_ends(values, width):
    drawn = sparkline(values, width)
    assert len(drawn) == min(width, len(values))
    row = means(values, width)
    if max(row) - min(row) > 1e-6:
        assert drawn[row.index(min(row))] == "▁"
        assert drawn[row.index(max(row))] == "█"


def test_gaps_and_flat_rows():
    assert sparkline([1, math.nan, 2, math.inf, 3]) == "▁ ▅ █"
    assert sparkline([2, 2, 2]) == "▁▁▁"
    assert sparkline([math.nan] * 3) == "   "
    assert sparkline([]) == ""


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 50))
def test_means_keep_the_order_and_the_range(values, width):
    row = means(values, width)
    assert len(row) == min(width, len(values))
    slack = 1e-6
    assert all(min(values) - slack <= value <= max(values) + slack for value in row)
