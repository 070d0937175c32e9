"""Maps that fill a panel: what a place stands for, which row is marked, and that lines keep their width."""

import numpy as np
import pytest

from gptlab_tui.render.heat import text
from gptlab_tui.render.matrix import COLOURS, SIGNED
from gptlab_tui.render.matrix_map import draw_map, gutter_of, room_for, scale

VALUES = np.array([[-1.0, 0.0, 1.0], [0.5, -0.5, -np.inf]])


def test_rows_with_their_labels_and_the_one_that_is_marked():
    drawn = draw_map(VALUES, ["a", "b"], "ascii", 6, 2, marked=1)
    assert text(drawn.rows) == " a @.$\n>b *='"
    assert (drawn.high, drawn.wide) == (1, 1)


def test_room_is_used_for_larger_places():
    drawn = draw_map(VALUES, ["a", "b"], "grey", 9, 4)
    assert text(drawn.rows) == " a   ▒▒██\n     ▒▒██\n b ▓▓░░··\n   ▓▓░░··"


def test_two_rows_on_a_line_of_half_blocks():
    values = np.linspace(-1, 1, 12).reshape(4, 3)
    drawn = draw_map(values, list("abcd"), "colour", 6, 2, marked=3)
    assert drawn.high == 1
    upper, lower = drawn.rows[1][3].foreground, drawn.rows[1][3].background
    assert upper == COLOURS[SIGNED.level(values[2, 0], 1.0, "colour")]
    assert lower == COLOURS[SIGNED.level(values[3, 0], 1.0, "colour")]
    assert text(drawn.rows).splitlines()[1].startswith("▸d")  # the label of the one that is marked


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
@pytest.mark.parametrize(("width", "height"), [(4, 1), (12, 3), (40, 11), (120, 50)])
def test_any_size(way, width, height):
    values = np.random.default_rng(1).normal(size=(90, 64))
    labels = [f"um rótulo {row}" for row in range(90)]
    drawn = draw_map(values, labels, way, width, height, marked=89)
    assert len(drawn.rows) <= height
    assert all(len(row) <= width for row in drawn.rows)
    if width >= 12:
        rows, columns = room_for(labels, width, height)
        assert columns == width - gutter_of(labels, width)
        assert drawn.wide >= 64 / columns
        assert drawn.high >= 90 / rows


def test_nothing_has_no_map():
    assert draw_map(np.zeros((0, 0)), [], "colour", 40, 10).rows == []
    assert draw_map(VALUES, ["a", "b"], "colour", 3, 10).rows == []


def test_the_scale_names_its_ends():
    assert text([scale(0.25, "ascii")]) == "-0.25 @%=-.+*#$ 0.25"
