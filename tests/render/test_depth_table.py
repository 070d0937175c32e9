"""The table of what each depth says: a column for each token, whatever stands in its places."""

import math

import numpy as np
import pytest

from gptlab_tui.render.depth_table import depth_table

NAMES, PIECES = ("embedding", "output"), ("a", " ", "b")
BITS = np.array([[2.0, 0.0, math.nan], [1.0, 4.0, math.nan]])
RANKS = np.array([[3, 1, 0], [2, 9, 0]])


@pytest.mark.parametrize(
    ("shown", "texts", "values"),
    [
        ("best", [["x", "x", "x"], ["y", "y", "y"]], [[0.0, 0.1, 0.2], [0.5, 0.6, 0.7]]),
        ("rank", [["3", "1", ""], ["2", "9", ""]], [[0.25, 1.0, None], [0.5, 0.0625, None]]),
        ("probability", [[".25", "1", ""], [".50", ".06", ""]], [[0.25, 1.0, None], [0.5, 0.0625, None]]),
    ],
)
def test_a_column_for_each_token(shown, texts, values):
    def best(depth, place):
        return "xy"[depth], depth / 2 + place / 10

    names, columns = depth_table(NAMES, PIECES, best, BITS, RANKS, shown, "ascii")
    assert names == ["reads", "embedding", "output", "follows"]
    assert [column[0].text for column in columns] == ["a", "_", "b"]
    assert [column[-1].text for column in columns] == ["_", "b", ""]
    for depth in range(2):
        line = [column[1 + depth] for column in columns]
        assert [entry.text for entry in line] == texts[depth]
        found = [None if math.isnan(entry.value) else entry.value for entry in line]
        assert found == pytest.approx(values[depth])
