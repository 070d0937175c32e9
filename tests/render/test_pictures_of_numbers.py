"""Bars for numbers of both signs, upright and lying, and a curve over the counts of its arguments."""

import math

import pytest

from gptlab_tui.render.bars import marked_sparkline
from gptlab_tui.render.bend import draw_bend
from gptlab_tui.render.fitting import packed
from gptlab_tui.render.profile import draw_profile
from gptlab_tui.render.tallies import Tally, draw_tallies


def test_tallies_have_label_number_and_bar():
    tallies = [Tally("a", 1.0), Tally("bc", -0.5), Tally("d", -math.inf)]
    assert draw_tallies(tallies, "ascii", 26, 9, chosen=1) == [
        " a          1  ###########",
        ">bc      -0.5  ######",
        " d       -inf",
    ]


def test_where_not_all_fit_the_largest_stay_in_their_order():
    tallies = [Tally(str(value), value / 10) for value in (3, -9, 1, 5)]
    lines = draw_tallies(tallies, "grey", 30, 3, chosen=2)
    assert [line.split()[0] for line in lines] == ["-9", "▸1", "2"]
    assert lines[2].strip() == "2 more, nearer to 0"


def test_two_numbers_side_by_side():
    [line] = draw_tallies([Tally("a", 0.25, 0.75)], "ascii", 30, 1)
    assert line.split()[:3] == ["a", "0.25", "0.75"]


def test_a_profile_goes_up_and_down():
    lines = [line.rstrip() for line in draw_profile([2.0, -2.0, 0.0], "ascii", 8, 4)]
    assert lines == ["  2 #", "    #", "     #", " -2  #"]


@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0], [-1.0, -2.0], [0.0], [0.5, -3.0] * 40])
@pytest.mark.parametrize("way", ["grey", "ascii"])
def test_a_profile_fits(values, way):
    for width, height in ((12, 2), (40, 9), (7, 5)):
        lines = draw_profile(values, way, width, height)
        assert len(lines) in (0, height)
        assert all(len(line) <= width for line in lines)


def test_a_bend_passes_through_its_points():
    x = [-2.0, -1.0, 0.0, 1.0, 2.0]
    lines = draw_bend(x, [max(0.0, one) for one in x], [1, 0, 0, 0, 4], "ascii", 25, 9)
    assert len(lines) == 9
    assert lines[0].startswith("2 ")
    assert lines[0].endswith("*")
    assert lines[4].startswith("0 *****")
    assert lines[-2].rstrip()[-1] == "#"  # most of the values lie at the right end
    assert lines[-1].split() == ["-2", "2"]
    assert draw_bend(x, x, [0] * 5, "grey", 60, 3) == []


def test_a_sparkline_with_a_mark():
    assert marked_sparkline([0, 7, 7], 2) == "▁█[█]"
    assert marked_sparkline([0, 7], None) == marked_sparkline([0, 7], 5) == "▁█"
    assert marked_sparkline([0, 7], None, ascii_only=True) == "_#"


def test_words_are_packed():
    assert packed(["um", "dois", "três"], 8) == ["um, dois", "três"]
