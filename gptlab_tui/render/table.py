"""A table of numbers as rows of cells, each number with a colour of its own, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gptlab_tui.render.heat import RAMP, Cell, Way, level, plain

_GAP = 2
_DARK = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what stands in it, and, where it has colours, 0 to 1 for each row."""

    name: str
    texts: Sequence[str]
    shades: Sequence[float | None] | None = None
    left: bool = False
    """Texts begin at the left; numbers end at the right."""
    rank: int = 0
    """Of too many columns, those of the highest rank go first."""


def draw_table(columns: Sequence[Column], way: Way, width: int) -> list[list[Cell]]:
    """The names, then the rows; without colours the numbers alone."""
    kept = list(columns)
    while len(kept) > 1 and sum(map(_wide, kept)) + _GAP * (len(kept) - 1) > width:
        worst = max(column.rank for column in kept)
        kept.remove(next(column for column in reversed(kept) if column.rank == worst))
    rows = [_row([_placed(column, column.name) for column in kept])]
    for number in range(max((len(column.texts) for column in kept), default=0)):
        rows.append(_row([_coloured(column, number, way) for column in kept]))
    return rows


def _wide(column: Column) -> int:
    return max(len(plain(text)) for text in (column.name, *column.texts))


def _placed(column: Column, text: str) -> list[Cell]:
    cells = plain(text)
    space = [Cell(" ")] * (_wide(column) - len(cells))
    return cells + space if column.left else space + cells


def _coloured(column: Column, number: int, way: Way) -> list[Cell]:
    cells = _placed(column, column.texts[number])
    shade = column.shades[number] if column.shades else None
    if way != "colour" or shade is None:
        return cells
    step = level(shade, len(RAMP), "linear")
    return [Cell(cell.glyph, "#ffffff" if step < _DARK else "#000000", RAMP[step]) for cell in cells]


def _row(parts: Sequence[list[Cell]]) -> list[Cell]:
    return [
        cell
        for place, part in enumerate(parts)
        for cell in (part if not place else [Cell(" ")] * _GAP + part)
    ]
