"""Curves are drawn within their frame, and thinned to means."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render.curves import Curve, decimate, draw_curves

finite = st.floats(-1e6, 1e6)
rows = st.lists(st.tuples(finite, finite), max_size=50)


@given(rows, st.integers(1, 60))
def test_decimated_points_are_means_of_all(points, most):
    kept = decimate(points, most)
    assert len(kept) == min(len(points), most)
    if len(points) <= most:
        assert kept == points
    elif len(points) % most == 0:  # equal groups: the mean of the means is the mean
        for axis in (0, 1):
            mean = math.fsum(point[axis] for point in points) / len(points)
            assert math.fsum(point[axis] for point in kept) / most == pytest.approx(mean, abs=1e-3)


def test_a_drawing_fills_its_frame_and_names_its_curves():
    falling = Curve("training", [(step, 4.0 - step / 1000) for step in range(10, 3001, 10)])
    rising = Curve("validation", [(step, 1.0 + step / 1000) for step in range(100, 3001, 100)])
    drawn = draw_curves([falling, rising], "loss", width=70, height=15, colour=False)
    lines = drawn.rstrip("\n").split("\n")
    assert len(lines) == 15
    assert all(len(line) <= 70 for line in lines)
    assert "training" in drawn
    assert "validation" in drawn
    assert "3,000" in lines[-2]
    assert "\x1b" not in drawn
    inner = re.findall("[│┤](.*)│", drawn)
    assert inner[-1].strip()[-1] == "a"  # the falling one ends at the bottom right, ...
    assert inner[-1].strip()[0] == "b"  # ... the rising one begins at the bottom left
    coloured = draw_curves([falling, rising], "loss", width=70, height=15)
    assert re.search("[\u2801-\u28ff]", coloured)  # braille
    assert "\x1b[38;5;" in coloured


@pytest.mark.parametrize("points", [[(5, 2.0)], [(0, 1.0), (10, 1.0)], [(3, 1e-300), (4, 1e6)]])
def test_few_or_level_points_can_be_drawn(points):
    assert "a" in draw_curves([Curve("x", points), Curve("none", [])], "y", width=40, height=10, colour=False)


def test_nothing_is_drawn_of_nothing():
    assert draw_curves([Curve("x", [])], "y", width=40, height=10) == ""
    assert draw_curves([], "y", width=40, height=10) == ""
