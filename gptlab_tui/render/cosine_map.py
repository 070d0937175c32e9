"""A symmetric table of cosines as rows of cells: blue is opposite, dark is unrelated, yellow is alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gptlab_tui.render.heat import Cell, Way

#: From -1 to 1, on the xterm cube; unrelated is darkest.
RAMP = ("#5fd7ff", "#00afd7", "#005faf", "#00005f", "#1c1c1c", "#5f0000", "#af5f00", "#d7af00", "#ffff5f")
#: Values a side of one in a picture, at most.
SIDE = 140
#: The same without colour: letters are opposite, marks are alike.
SIGNS = "Oo- .:+*#"


def pooled(table: Sequence[Sequence[float]], most: int) -> tuple[list[list[float]], int]:
    """Blocks of the table by their mean, so that there are at most `most` a side; and how many make one."""
    size = len(table)
    factor = max(1, math.ceil(size / max(1, most)))
    edges = range(0, size, factor)
    blocks = []
    for row in edges:
        lines = table[row : row + factor]
        blocks.append(
            [
                sum(sum(line[column : column + factor]) for line in lines)
                / (len(lines) * len(lines[0][column : column + factor]))
                for column in edges
            ]
        )
    return blocks, factor


def draw(table: Sequence[Sequence[float]], way: Way) -> list[list[Cell]]:
    """A table of cosines: two columns a value, in colour one column and half a line."""
    if way != "colour":
        return [[Cell(SIGNS[_level(value)]) for value in row for _ in range(2)] for row in table]
    rows = []
    for number in range(0, len(table), 2):
        below = table[number + 1] if number + 1 < len(table) else None
        rows.append(
            [
                Cell("▀", RAMP[_level(value)], "" if below is None else RAMP[_level(below[place])])
                for place, value in enumerate(table[number])
            ]
        )
    return rows


@dataclass(frozen=True, slots=True)
class Map:
    """A table of cosines as one part of a picture, already small enough for it."""

    title: str
    table: Sequence[Sequence[float]]
    ends: tuple[str, str]
    """What its first and its last row are."""

    def levels(self) -> list[list[int]]:
        """Where each value is in `RAMP`."""
        return [[_level(value) for value in row] for row in self.table]


def columns(way: Way) -> int:
    """Columns that a value takes."""
    return 1 if way == "colour" else 2


def legend(way: Way) -> list[Cell]:
    """The steps from -1 to 1 on one line."""
    if way == "colour":
        steps = [Cell(" ", "", colour) for colour in RAMP for _ in range(2)]
    else:
        steps = [Cell(sign) for sign in SIGNS]
    return [*map(Cell, "-1 "), *steps, *map(Cell, " 1")]


def _level(value: float) -> int:
    return round((min(1.0, max(-1.0, value)) + 1) / 2 * (len(SIGNS) - 1))
