"""Counts as bars with a mark where each was expected, and how far luck may take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gptlab_tui.render.bars import bar
from gptlab_tui.render.heat import FAINT, Cell, Way

#: Of bars; of the mark where a bar was to end.
BAR, MARK = "#5f87d7", "#d75f5f"
#: Columns from which on expectation and spread are told in numbers.
WIDE = 70


class Row(NamedTuple):
    """One outcome: a label that is safe to show, its probability, how often it came and was to come."""

    label: str
    probability: float
    drawn: int
    expected: float
    spread: float
    """The standard deviation of the count by luck."""


def draw(rows: Sequence[Row], width: int, way: Way) -> list[list[Cell]]:
    """A line for what the columns are, and one for each row."""
    label = min(max((len(row.label) for row in rows), default=0), 10)
    sign = "+-" if way == "ascii" else "±"
    columns = [
        ["", *(row.label[:label].ljust(label) for row in rows)],
        ["chance", *(f"{row.probability:.4f}" for row in rows)],
        ["drawn", *(f"{row.drawn:,}" for row in rows)],
    ]
    if width >= WIDE:
        columns.append(["expected", *(f"{row.expected:,.1f} {sign}{row.spread:<5.1f}" for row in rows)])
    widest = [max(map(len, column)) for column in columns]
    fronts = ["  ".join(map(str.rjust, line, widest)) + " " for line in zip(*columns, strict=True)]
    lines = [[Cell(glyph, FAINT if way == "colour" else "") for glyph in fronts[0][:width]]]
    room = max(1, width - len(fronts[0]))
    most = max([1.0, *(max(row.drawn, row.expected + row.spread) for row in rows)])
    for front, row in zip(fronts[1:], rows, strict=True):
        lines.append([Cell(glyph) for glyph in front] + _bar(row, most, room, way))
    return lines


def _bar(row: Row, most: float, room: int, way: Way) -> list[Cell]:
    drawn = bar(row.drawn / most, room, ascii_only=way == "ascii")
    cells = [Cell(glyph, BAR if way == "colour" and glyph != " " else "") for glyph in drawn]
    at = min(room - 1, round(row.expected / most * room))
    cells[at] = Cell("|" if way == "ascii" else "│", MARK if way == "colour" else "")
    return cells
