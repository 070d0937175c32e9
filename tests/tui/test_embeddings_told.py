"""What the pane Embeddings tells of motion, however many steps there are and however little room."""

import re

import pytest

from gptlab_tui.tui.panes.embeddings.data import Moved, Reel
from gptlab_tui.tui.panes.embeddings.words import motion_lines

STEPS = 51


@pytest.fixture
def reel():
    rising = tuple(step / 100 for step in range(STEPS))
    rising = (-1e-9, *rising[1:])
    return Reel(True, moved=Moved(rising, rising, rising, rising, rising, rising, 0.0))


@pytest.mark.parametrize("width", [20, 42, 60, 120])
@pytest.mark.parametrize("at", [0, 25, STEPS - 1])
def test_a_curve_holds_all_steps_with_the_cursor_on_it(reel, at, width):
    for way in ("grey", "ascii"):
        row = motion_lines(reel, at, None, way, width, 7)[0]
        assert len(row) <= max(width, 25)
        drawn = row[13:].split(" ")[0]
        cells = drawn.replace("[", "").replace("]", "")
        assert cells[0] + cells[-1] == ("▁█" if way == "grey" else "_#")
        assert re.sub(r"[^\[\]]", "", drawn) == "[]"
        assert drawn.index("[") / max(1, len(cells) - 1) == pytest.approx(
            at / (STEPS - 1), abs=1 / len(cells)
        )
        assert "-0.000" not in row
        assert row.endswith(f"{at / 100:6.3f}")
