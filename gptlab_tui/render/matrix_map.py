"""A matrix as a heat map that fills a panel: labelled rows, one of them marked, two on a line if need be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gptlab_tui.render.heat import FAINT, HIDDEN, Cell, Way, columns_of, plain
from gptlab_tui.render.matrix import Ramp, pooled, ramp_of

#: The largest place that a number gets, in columns and lines.
_WIDEST, _TALLEST = 6, 4
_LONGEST_LABEL = 8
#: In front of the row that is marked.
MARK: dict[Way, str] = {"colour": "▸", "grey": "▸", "ascii": ">"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map, and how many rows and columns of the matrix one of its places stands for."""

    rows: list[list[Cell]]
    high: int
    wide: int


def room_for(labels: Sequence[str], width: int, height: int) -> tuple[int, int]:
    """At most so many rows and columns of a matrix can be told apart in so many columns and lines."""
    return max(1, 2 * height), max(1, width - gutter_of(labels, width))


def gutter_of(labels: Sequence[str], width: int) -> int:
    """Columns in front of the map: the mark, a label, and a space."""
    longest = max((columns_of(label) for label in labels), default=0)
    return min(longest, _LONGEST_LABEL, max(1, width // 5)) + 2


def draw_map(
    values: np.ndarray,
    labels: Sequence[str],
    way: Way,
    width: int,
    height: int,
    marked: int | None = None,
    *,
    signed: bool = True,
) -> Drawn:
    """The matrix (rows, columns) in at most so many columns and lines; 1 and -1 have the last colours.

    Where numbers are not `signed`, none is negative, and 0 has the first one. `labels` are those
    of its rows. Larger ones are pooled, by the number furthest from zero.
    """
    if width < 4 or height < 1 or not values.size:
        return Drawn([], 1, 1)
    gutter = gutter_of(labels, width)
    paired = way == "colour" and len(values) > height
    small = pooled(values, height * (2 if paired else 1), max(1, width - gutter))
    high, wide = (math.ceil(whole / part) for whole, part in zip(values.shape, small.shape, strict=True))
    columns = max(1, min(_WIDEST, (width - gutter) // small.shape[1]))
    lines = max(1, min(_TALLEST, 2 * columns, height // len(small))) if not paired else 1
    at = None if marked is None else marked // high
    rows, ramp = [], ramp_of(signed)
    numbers = small.tolist()
    for first in range(0, len(numbers), 2 if paired else 1):
        here = at is not None and first <= at < first + (2 if paired else 1)
        place = first * high if marked is None or not here else marked
        name = _front(labels[place] if place < len(labels) else "", here, gutter, way)
        if paired:
            below = numbers[first + 1] if first + 1 < len(numbers) else None
            cells = [
                _pair(value, None if below is None else below[k], ramp)
                for k, value in enumerate(numbers[first])
            ]
            rows.append(name + [cell for cell in cells for _ in range(columns)])
            continue
        cells = [cell for value in numbers[first] for cell in [ramp.cell(value, 1.0, way)] * columns]
        rows.append(name + cells)
        rows += [_front("", here, gutter, way) + cells for _ in range(lines - 1)]
    return Drawn(rows, high, wide)


def scale(limit: float, way: Way, *, signed: bool = True) -> list[Cell]:
    """The colours, shades or signs from the lowest to the highest number, on one line."""
    return ramp_of(signed).legend(limit, way)


def _front(label: str, marked: bool, gutter: int, way: Way) -> list[Cell]:
    """Mark, label and space, in exactly so many columns."""
    room = gutter - 2
    while columns_of(label) > room:
        label = label[:-1]
    padded = label + " " * (room - columns_of(label))
    front = plain((MARK[way] if marked else " ") + padded + " ")
    return front if marked else [Cell(cell.glyph, FAINT) if cell.glyph.strip() else cell for cell in front]


def _pair(upper: float, lower: float | None, ramp: Ramp) -> Cell:
    """Two numbers on one line of half blocks."""
    top = ramp.cell(upper, 1.0, "colour").background
    bottom = ramp.cell(math.nan if lower is None else lower, 1.0, "colour").background
    if not top:
        return Cell("▄", bottom) if bottom else Cell(HIDDEN["colour"], FAINT)
    if top == bottom:
        return Cell(" ", "", top)
    return Cell("▀", top, bottom)
