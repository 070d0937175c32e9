"""Heat maps of numbers of both signs: what is pooled, where colours end, and that lines keep their width."""

import math

import numpy as np
import pytest

from gptlab_tui.render import heat
from gptlab_tui.render.heat import text
from gptlab_tui.render.matrix import (
    COLOURS,
    SIGNED,
    SIGNS,
    draw_histogram,
    draw_matrix,
    legend,
    limit_of,
    pooled,
)
from gptlab_tui.render.matrix_map import draw_map, scale


@pytest.mark.parametrize(("rows", "columns"), [(99, 99), (3, 4), (1, 1), (4, 2)])
def test_a_block_is_the_number_furthest_from_zero(rows, columns):
    values = np.random.default_rng(1).normal(size=(7, 10))
    small = pooled(values, rows, columns)
    assert small.shape[0] <= rows
    assert small.shape[1] <= columns
    high, wide = (math.ceil(size / most) for size, most in ((7, min(7, rows)), (10, min(10, columns))))
    for row, column in np.ndindex(small.shape):
        block = values[row * high : (row + 1) * high, column * wide : (column + 1) * wide].ravel().tolist()
        assert small[row, column] == max(block, key=abs)


def test_levels_have_the_sign_of_their_number():
    assert len(COLOURS) == len(SIGNS) == len(set(SIGNS))
    assert [SIGNED.level(value, 1.0, "ascii") for value in (-9, -1, -0.5, 0, 0.5, 1, math.inf, math.nan)] == [
        0, 0, 2, 4, 6, 8, 4, 4,
    ]  # fmt: skip
    values = np.concatenate([np.full(990, 0.5), np.full(9, -100.0)])
    assert limit_of(values) == 0.5
    assert limit_of(np.array([-math.inf, 2.0])) == 2.0
    assert limit_of(np.zeros(3)) > 0


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
@pytest.mark.parametrize("width", [12, 40, 100])
def test_lines_fit(way, width):
    values = np.random.default_rng(2).normal(size=(90, 64))
    rows = draw_matrix(values, way, width, 20)
    assert len(rows) <= 20
    assert all(len(row) <= width for row in rows)
    named = draw_matrix(values[:3], way, width, 20, ["um", "dois três quatro", "日本"])
    assert all(len(row) <= width for row in named)


def test_signs_and_legend():
    values = np.array([[-1.0, 0.0, 1.0], [0.5, -0.5, -math.inf]])
    assert text(draw_matrix(values, "ascii", 5, 9)) == "0 @.$\n1 *='"
    assert text(draw_matrix(values, "ascii", 9, 9)).splitlines()[0] == "0 @@..$$"
    assert text([legend(values, "ascii")]) == f"-1 {SIGNS} 1"
    assert draw_matrix(values, "colour", 5, 9)[0][2].background == COLOURS[0]


def test_what_is_not_finite_counts_in_no_block_that_has_a_number():
    values = np.array([[-math.inf, 2.0], [-1.0, -math.inf], [-math.inf, -math.inf]])
    assert pooled(values, 2, 1).tolist() == [[2.0], [-math.inf]]
    assert text(draw_matrix(values, "grey", 4, 9)) == "0 ·█\n1 ░·\n2 ··"


def test_histogram():
    lines = draw_histogram([0.0, 0.5, 1.0], [10, 0], "ascii", 32)
    assert lines == ["         0 ########## 10", "       0.5  0"]


@pytest.mark.parametrize("way", heat.WAYS)
def test_where_nothing_is_negative_the_whole_scale_is_used(way):
    values = np.array([[0.0, 4.0, 8.0, math.nan]])
    steps = {"colour": heat.RAMP, "grey": heat.SHADES, "ascii": heat.SIGNS}[way]
    [row] = draw_matrix(values, way, 12, 9)
    drawn = [cell.background if way == "colour" else cell.glyph for cell in row[2::2]]
    assert (drawn[0], drawn[2]) == (steps[0], steps[-1])
    assert drawn[1] in steps[1:-1]
    shown = text([legend(values, way)])
    assert shown.startswith("0 ")
    assert shown.endswith(" 7.92, none below 0")
    assert "none below 0" not in text([legend(values - 1, way)])
    mapped = draw_map(values / 8, ["0"], way, 20, 1, signed=False).rows[0]
    assert (mapped[3].background if way == "colour" else mapped[3].glyph) == steps[0]
    assert text([scale(7.92, way, signed=False)]) == shown
