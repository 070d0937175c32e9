"""A matrix as a heat map that fills a panel: labelled rows, one of them marked, two on a line if need be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gptlab_tui.render.heat import FAINT, HIDDEN, Cell, Way, columns_of, plain
from gptlab_tui.render.matrix import COLOURS, SHADES, SIGNS, level_of, pooled

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
    values: np.ndarray, labels: Sequence[str], way: Way, width: int, height: int, marked: int | None = None
) -> Drawn:
    """The matrix (rows, columns) in at most so many columns and lines; 1 and -1 have the last colours.

    `labels` are those of its rows. Larger ones are pooled, by the number furthest from zero.
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
    rows = []
    numbers = small.tolist()
    for first in range(0, len(numbers), 2 if paired else 1):
        here = at is not None and first <= at < first + (2 if paired else 1)
        place = first * high if marked is None or not here else marked
        name = _front(labels[place] if place < len(labels) else "", here, gutter, way)
        if paired:
            below = numbers[first + 1] if first + 1 < len(numbers) else None
            cells = [
                _pair(value, None if below is None else below[k]) for k, value in enumerate(numbers[first])
            ]
            rows.append(name + [cell for cell in cells for _ in range(columns)])
            continue
        cells = [cell for value in numbers[first] for cell in [_one(value, way)] * columns]
        rows.append(name + cells)
        rows += [_front("", here, gutter, way) + cells for _ in range(lines - 1)]
    return Drawn(rows, high, wide)


def scale(limit: float, way: Way) -> list[Cell]:
    """The colours, shades or signs from the most negative to the most positive number, on one line."""
    steps = [_one((step - len(COLOURS) // 2) / (len(COLOURS) // 2), way) for step in range(len(COLOURS))]
    shown = f"{limit:.3g}"
    return [*plain(f"-{shown} "), *steps, *plain(f" {shown}")]


def _front(label: str, marked: bool, gutter: int, way: Way) -> list[Cell]:
    """Mark, label and space, in exactly so many columns."""
    room = gutter - 2
    while columns_of(label) > room:
        label = label[:-1]
    padded = label + " " * (room - columns_of(label))
    front = plain((MARK[way] if marked else " ") + padded + " ")
    return front if marked else [Cell(cell.glyph, FAINT) if cell.glyph.strip() else cell for cell in front]


def _one(value: float, way: Way) -> Cell:
    if not math.isfinite(value):
        return Cell(HIDDEN[way], FAINT)
    step = level_of(value, 1.0)
    if way == "colour":
        return Cell(" ", "", COLOURS[step])
    return Cell(SHADES[step] if way == "grey" else SIGNS[step])


def _pair(upper: float, lower: float | None) -> Cell:
    """Two numbers on one line of half blocks."""
    top = COLOURS[level_of(upper, 1.0)] if math.isfinite(upper) else ""
    bottom = COLOURS[level_of(lower, 1.0)] if lower is not None and math.isfinite(lower) else ""
    if not top:
        return Cell("▄", bottom) if bottom else Cell(HIDDEN["colour"], FAINT)
    if top == bottom:
        return Cell(" ", "", top)
    return Cell("▀", top, bottom)
