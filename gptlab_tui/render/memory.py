"""A text painted by how long the run is that its characters were taken from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gptlab_tui.render.heat import Cell, Way, plain
from gptlab_tui.render.painted import Piece, colour_of, paint

#: Lengths at which a run gets the next colour and the next digit below it; shorter ones have none.
BOUNDS = (8, 12, 16, 20, 24, 32, 48, 64, 96)


def draw_memory(text: str, covers: Sequence[int], way: Way, width: int) -> list[list[Cell]]:
    """The text in lines of at most `width` columns, a line of digits below each.

    `covers` are characters: of each the longest run that it is part of.
    """
    steps = map(step_of, covers)
    pieces = [Piece(character, step or math.nan) for character, step in zip(text, steps, strict=True)]
    return paint(pieces, width, way)


def legend(way: Way, width: int, *, brief: bool = False) -> list[list[Cell]]:
    """What the digits and colours mean, in lines of at most `width` columns; `brief` fits into 70."""
    rows = [plain("run of" if brief else "characters of the run:")]
    for step, bound in enumerate(BOUNDS, 1):
        name = plain(f"{step}:{bound}+" if brief else f" {step}: {bound}+ ")
        if len(rows[-1]) + 1 + len(name) > width:
            rows.append([])
        colours = colour_of(step, signed=False) if way == "colour" else ("", "")
        rows[-1] += [Cell(" "), *[Cell(cell.glyph, *colours) for cell in name]]
    return rows


def step_of(length: int) -> int:
    """Which digit and colour a length has; 0 is none."""
    return sum(length >= bound for bound in BOUNDS)
