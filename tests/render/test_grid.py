"""Tables of short texts with numbers as shades."""

import math

import pytest

from gptlab_tui.render.grid import Entry, draw_grid
from gptlab_tui.render.heat import RAMP, text

COLUMNS = [[Entry("a"), Entry("b", 1.0)], [Entry("ção"), Entry("d", 0.0)], [Entry("é"), Entry("", math.nan)]]


def test_shades_stand_behind_and_grounds_under():
    assert text(draw_grid(["x", "yy"], COLUMNS, 40, "grey")) == "x  a    ção  é\nyy b  █ d"
    assert text(draw_grid(["x", "yy"], COLUMNS, 40, "ascii")) == "x  a    ção  é\nyy b  @ d"
    rows = draw_grid(["x", "yy"], COLUMNS, 40, "colour")
    assert text(rows) == "x  a   ção é\nyy b   d"
    assert [cell.background for cell in rows[1][3:10]] == [*[RAMP[9]] * 3, "", *[RAMP[0]] * 3]


@pytest.mark.parametrize("width", [12, 20, 33])
def test_what_is_too_wide_goes_in_blocks(width):
    columns = [[Entry(f"c{n}"), Entry("muito comprido", 0.5)] for n in range(7)]
    rows = draw_grid(["ab", "cd"], columns, width, "grey")
    assert max(len(row) for row in rows) <= max(width, 13)
    drawn = text(rows)
    assert [f"c{n}" in drawn for n in range(7)] == [True] * 7
    assert drawn.count("muito c…") == 7
    assert drawn.count("ab ") == len(drawn.split("\n\n"))
