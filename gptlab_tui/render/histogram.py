"""Counts as bars with a mark where each was expected, and how far luck may take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gptlab_tui.render.bars import bar
from gptlab_tui.render.heat import FAINT, Cell, Way
from gptlab_tui.render.places import Mark

#: Of bars; of the mark where a bar was to end.
BAR, MARK = "#5f87d7", "#d75f5f"
#: What stands where one was to end, and where it does within the same cell: in Unicode, and in ASCII.
_SIGNS = (("│", "┼"), ("|", "+"))
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
    """A line for what the columns are, and one for each row.

    The mark stands in the cell in which the expectation lies, over the bar where that goes on; a bar that
    ends in the same cell gives the mark another sign, as nobody could see which of the two is longer.
    """
    mark, both = _SIGNS[way == "ascii"]
    fronts, room, most = _front(rows, width, way)
    lines = [
        _head(
            fronts[0],
            width,
            room,
            (
                f"{mark} expected, {both} the bar ends there too",
                f"{mark} expected, {both} both",
                f"{mark} expected",
            ),
            way,
        )
    ]
    for front, row in zip(fronts[1:], rows, strict=True):
        lines.append([Cell(glyph) for glyph in front] + _bar(row, most, room, way))
    return lines


def picture(rows: Sequence[Row], width: int) -> tuple[list[list[Cell]], list[Mark]]:
    """The same in colour for a picture, which has room between cells: its marks stand where they belong."""
    fronts, room, most = _front(rows, width, "colour")
    mark, _ = _SIGNS[False]
    lines = [_head(fronts[0], width, room, (f"{mark} expected",), "colour")]
    marks = []
    for number, (front, row) in enumerate(zip(fronts[1:], rows, strict=True), 1):
        drawn = bar(row.drawn / most, room)
        lines.append([*map(Cell, front), *(Cell(glyph, BAR if glyph != " " else "") for glyph in drawn)])
        marks.append(Mark(number, len(front) + row.expected / most * room, MARK))
    return lines, marks


def _front(rows: Sequence[Row], width: int, way: Way) -> tuple[list[str], int, float]:
    """What stands before the bars, the columns that these have, and what the longest of them is."""
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
    most = max([1.0, *(max(row.drawn, row.expected + row.spread) for row in rows)])
    return fronts, max(1, width - len(fronts[0])), most


def _head(front: str, width: int, room: int, signs: Sequence[str], way: Way) -> list[Cell]:
    """The names of the columns and, above the bars, what the signs mean: the first words that fit."""
    line = (front + next((told for told in signs if len(told) <= room), ""))[:width]
    return [Cell(glyph, FAINT if way == "colour" else "") for glyph in line]


def _bar(row: Row, most: float, room: int, way: Way) -> list[Cell]:
    drawn = bar(row.drawn / most, room, ascii_only=way == "ascii")
    cells = [Cell(glyph, BAR if way == "colour" and glyph != " " else "") for glyph in drawn]
    at = min(room - 1, int(row.expected / most * room))
    last = len(drawn.rstrip()) - 1
    together = at == last or (last < at and row.drawn > row.expected)  # the end of a bar is rounded
    sign, ground = _SIGNS[way == "ascii"][together], BAR if at < last else ""
    cells[at] = Cell(sign, MARK, ground) if way == "colour" else Cell(sign)
    return cells
