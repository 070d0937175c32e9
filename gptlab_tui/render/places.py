"""A drawing whose parts know where they stand, so that a cursor can go from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gptlab_tui.render.heat import Cell


class Span(NamedTuple):
    """Columns of one line, from `start` to before `end`."""

    line: int
    start: int
    end: int


class Mark(NamedTuple):
    """An upright stroke over a line of a picture, at a place that need not be the edge of a cell."""

    line: int
    column: float
    colour: str


class Drawing(NamedTuple):
    """Lines of cells, and for each part of them where it stands: a part may go over several lines."""

    rows: list[list[Cell]]
    places: Sequence[tuple[Span, ...]]

    def at(self, line: int, column: int) -> int | None:
        """The part at a place of the drawing."""
        for number, spans in enumerate(self.places):
            if any(span.line == line and span.start <= column < span.end for span in spans):
                return number
        return None

    def nearest(self, number: int, lines: int) -> int:
        """The part closest in its column, so many lines of parts further down; at an end that itself."""
        here = self.places[number][0]
        order = sorted({spans[0].line for spans in self.places})
        wanted = order[max(0, min(len(order) - 1, order.index(here.line) + lines))]
        if wanted == here.line:
            return number
        beside = (place for place, spans in enumerate(self.places) if spans[0].line == wanted)
        return min(beside, key=lambda place: abs(self.places[place][0].start - here.start))
