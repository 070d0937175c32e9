"""Upright bars."""

import pytest

from gptlab_tui.render.skyline import names_below, per_column, skyline


def test_heights():
    assert skyline([0.0, 0.25, 0.5, 1.0], 4, 2, "grey") == ["   █", " ▄██"]
    assert skyline([0.0, 0.25, 0.5, 1.0], 4, 4, "ascii") == ["   #", "   #", "  ##", " ###"]
    assert skyline([0.5], 4, 2, "grey", most=1.0) == [" ", "█"]
    assert skyline([0.0, 0.0], 4, 1, "grey") == ["  "]


@pytest.mark.parametrize(("count", "width"), [(107, 80), (10, 40), (5000, 37), (3, 1)])
def test_the_largest_of_a_column_is_seen(count, width):
    values = [0.0] * count
    values[count // 2] = 1.0
    [line] = skyline(values, width, 1, "grey")
    assert len(line) <= width
    assert line.index("█") == (count // 2) // per_column(count, width)
    assert names_below({count // 2: "xy"}, count, width).strip() == "x"
    assert names_below({count // 2: "xy"}, count, width).index("x") == line.index("█")
