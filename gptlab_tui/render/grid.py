"""A table of short texts, each with a number from 0 to 1: its colour or its shade. Wide ones go in blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from gptlab_tui.render.heat import FAINT, RAMP, SHADES, SIGNS, Cell, Way, level, plain
from gptlab_tui.render.places import Drawing, Span

#: Columns of the longest text of a cell; a longer one is cut.
_LONGEST = 8


class Entry(NamedTuple):
    """One place of the table; the text is safe to show, NaN is no number."""

    text: str
    value: float = math.nan


def draw_grid(
    names: Sequence[str], columns: Sequence[Sequence[Entry]], width: int, way: Way
) -> list[list[Cell]]:
    """A line for each name, a column for each of `columns`, in blocks of `width` with a line between.

    In colour a number is the ground of its text; else a shade behind the text, or in ASCII a sign.
    """
    return grid(names, columns, width, way).rows


def grid(
    names: Sequence[str], columns: Sequence[Sequence[Entry]], width: int, way: Way, widest_entry: int = 1
) -> Drawing:
    """The same, with the places of all entries: a column's first one is at its number times the lines.

    Where all columns fit side by side, their entries become up to `widest_entry` columns wide.
    """
    gutter = max(map(len, names), default=0) + 1
    widest = max((len(plain(entry.text)) for column in columns for entry in column), default=1)
    longest = max(1, min(_LONGEST, widest))
    gap = 1 if way == "colour" else 2
    longest = max(longest, min(widest_entry, (width - gutter) // max(1, len(columns)) - gap))
    size = longest + gap
    per_block = max(1, (width - gutter) // size)
    rows: list[list[Cell]] = []
    places: list[tuple[Span, ...]] = []
    for first in range(0, len(columns), per_block):
        if rows:
            rows.append([])
        block, top = columns[first : first + per_block], len(rows)
        for line, name in enumerate(names):
            row = plain(name.ljust(gutter))
            for column in block:
                row += _entry(column[line], longest, way)
            rows.append(row)
        for at in range(len(block)):
            x = gutter + at * size
            places += [(Span(top + line, x, x + longest),) for line in range(len(names))]
    return Drawing(rows, places)


def _entry(entry: Entry, longest: int, way: Way) -> list[Cell]:
    text, value = plain(entry.text), entry.value
    if len(text) > longest:
        text = [*text[: longest - 1], Cell("…" if way != "ascii" else "~")]
    text += [Cell(" ")] * (longest - len(text))
    if math.isnan(value):
        return [*text, *[Cell(" ")] * (1 if way == "colour" else 2)]
    if way == "colour":
        step = level(value, len(RAMP), "linear")
        front = "#ffffff" if step < 5 else "#080808"
        return [*(Cell(cell.glyph, front, RAMP[step]) for cell in text), Cell(" ")]
    steps = SHADES if way == "grey" else SIGNS
    return [*text, Cell(steps[level(value, len(steps), "linear")], FAINT), Cell(" ")]
