"""All heads of all layers as a grid of small maps, one of them framed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.insight.links import pool
from gptlab_tui.render.heat import FAINT, Cell, Scale, Way, thumbnail
from gptlab_tui.tui.widgets.cells import strip_of
from gptlab_tui.tui.widgets.lined import Lined

#: The largest and the smallest small map, in lines.
_TALL, _FLAT = 12, 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the small maps stand: a pitch apart, each with a line above and a column before it."""

    side: int
    """Weights a side."""
    pitch: tuple[int, int]
    """Columns and lines from one to the next."""
    first: tuple[int, int]
    """Layer and head (the mean comes last) in the corner."""
    shown: tuple[int, int]
    """How many layers and heads are in sight."""

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Layer and head at a place."""
        return (
            self.first[0] + min(y // self.pitch[1], self.shown[0] - 1),
            self.first[1] + min(x // self.pitch[0], self.shown[1] - 1),
        )


def lay_out(shape: tuple[int, ...], chosen: tuple[int, int], width: int, height: int, way: Way) -> Grid:
    """The largest small maps with which the whole grid fits, or else the part around the chosen one.

    `shape` is that of the maps, (layers, heads with the mean, t, t).
    """
    layers, heads, t, _ = shape
    lines = max(_FLAT, min(_TALL, (height - 1) // layers - 1))
    across = max(4, (width - 1) // heads - 1)
    side = min(2 * lines, across) if way == "colour" else min(lines, across // 2)
    side = math.ceil(t / math.ceil(t / max(1, side)))
    columns = side if way == "colour" else 2 * side
    lines = math.ceil(side / 2) if way == "colour" else side
    pitch = (max(columns, 4) + 1, lines + 1)
    pitch = (max(pitch[0], min(pitch[0] + 3, (width - 1) // heads)), pitch[1])
    shown = (
        max(1, min(layers, (height - 1) // pitch[1])),
        max(1, min(heads, (width - 1) // pitch[0])),
    )
    first = (
        max(0, min(chosen[0] - shown[0] // 2, layers - shown[0])),
        max(0, min(chosen[1] - shown[1] // 2, heads - shown[1])),
    )
    return Grid(side, pitch, first, shown)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is told of heads (layer, head) beside their maps."""

    off: frozenset[tuple[int, int]] = frozenset()
    """Those that are switched off: a word takes the place of the map."""
    notes: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    """What may stand after a name, the longest first: the first that has room does."""


NO_MARKS = Marks()


def grid_rows(
    maps: np.ndarray,
    chosen: tuple[int, int],
    grid: Grid,
    way: Way,
    scale: Scale,
    accent: str = "",
    marks: Marks = NO_MARKS,
) -> list[list[Cell]]:
    """The grid as cells. Above each small map stands `layer.head`, the chosen one has a frame."""
    columns, lines = grid.pitch
    canvas = [[Cell(" ")] * (columns * grid.shown[1] + 1) for _ in range(lines * grid.shown[0] + 1)]
    mean = maps.shape[1] - 1
    small = pool(maps, math.ceil(maps.shape[-1] / grid.side))
    for layer in range(grid.first[0], grid.first[0] + grid.shown[0]):
        for head in range(grid.first[1], grid.first[1] + grid.shown[1]):
            x, y = (head - grid.first[1]) * columns, (layer - grid.first[0]) * lines
            drawn = thumbnail(small[layer, head].tolist(), way, scale)
            if (layer, head) in marks.off:
                drawn = _crossed_out(drawn, way)
            for row, cells in enumerate(drawn, y + 1):
                canvas[row][x + 1 : x + 1 + len(cells)] = cells
    x, y = (chosen[1] - grid.first[1]) * columns, (chosen[0] - grid.first[0]) * lines
    room = _room(grid, way)  # what is inside the frame
    _frame(canvas, x, y, room + 1, lines, way, accent)
    for layer in range(grid.first[0], grid.first[0] + grid.shown[0]):
        for head in range(grid.first[1], grid.first[1] + grid.shown[1]):
            x, y = (head - grid.first[1]) * columns, (layer - grid.first[0]) * lines
            name = f"{layer}.{head}" if head != mean else f"{layer}.mean" if room > 5 else f"{layer}.m"
            colour = accent if (layer, head) == chosen else FAINT
            notes = (f"{name} {note}" for note in marks.notes.get((layer, head), ()) if note)
            name = next((noted for noted in notes if len(noted) <= room), name)
            for place, glyph in enumerate(name[:room], x + 1):
                canvas[y][place] = Cell(glyph, colour)
    return canvas


def _room(grid: Grid, way: Way) -> int:
    """Columns of a small map, and of what stands above it."""
    return max(grid.side if way == "colour" else 2 * grid.side, 4)


def _crossed_out(drawn: list[list[Cell]], way: Way) -> list[list[Cell]]:
    """A sign and a word in place of a small map."""
    width = len(drawn[0])
    word = ("x off" if way == "ascii" else "× off") if width >= 5 else "off"[:width]
    lines = [[Cell(" ")] * width for _ in drawn]
    start = (width - len(word)) // 2
    lines[(len(drawn) - 1) // 2][start : start + len(word)] = [Cell(glyph) for glyph in word]
    return lines


def _frame(canvas: list[list[Cell]], x: int, y: int, width: int, height: int, way: Way, accent: str) -> None:
    corners = "+-+|++" if way == "ascii" else "┌─┐│└┘"
    right, bottom = x + width, y + height
    for column in range(x + 1, right):
        canvas[y][column] = canvas[bottom][column] = Cell(corners[1], accent)
    for row in range(y + 1, bottom):
        canvas[row][x] = canvas[row][right] = Cell(corners[3], accent)
    canvas[y][x], canvas[y][right] = Cell(corners[0], accent), Cell(corners[2], accent)
    canvas[bottom][x], canvas[bottom][right] = Cell(corners[4], accent), Cell(corners[5], accent)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The maps (layers, heads with the mean, t, t), the chosen one, and how they are to be drawn."""

    maps: np.ndarray
    chosen: tuple[int, int]
    way: Way
    scale: Scale
    marks: Marks


def strips_of(sheet: Sheet, grid: Grid, accent: str, base: Style, width: int) -> list[Strip]:
    """The grid as lines of a widget with these colours."""
    rows = grid_rows(sheet.maps, sheet.chosen, grid, sheet.way, sheet.scale, accent, sheet.marks)
    return [strip_of(row, base, width) for row in rows]


class HeadGrid(Lined, can_focus=True):
    """The grid on the screen; empty while there is none."""

    DEFAULT_CSS = """
    HeadGrid { height: 1fr; width: 1fr; }
    """

    class Chosen(Message):
        """Another small map was pointed at with the mouse."""

        def __init__(self, layer: int, head: int) -> None:
            super().__init__()
            self.layer, self.head = layer, head

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheet: Sheet | None = None
        self.marks = NO_MARKS
        # What was drawn last is kept by what it was drawn from.
        self._strips_of = lru_cache(maxsize=1)(strips_of)

    def show(self, maps: np.ndarray | None, chosen: tuple[int, int], way: Way, scale: Scale) -> None:
        """Other maps, another choice, or the same drawn otherwise."""
        self._sheet = None if maps is None else Sheet(maps, chosen, way, scale, self.marks)
        self.refresh()

    def mark(self, marks: Marks) -> None:
        """Other words beside the maps."""
        if marks != self.marks:
            self.marks = marks
            self._sheet = None if self._sheet is None else replace(self._sheet, marks=marks)
            self.refresh()

    @property
    def grid(self) -> Grid | None:
        """Where the small maps stand; None where there is nothing to draw, or no room."""
        width, height = self.size
        if self._sheet is None or width < 4 or height < 2:
            return None
        return lay_out(self._sheet.maps.shape, self._sheet.chosen, width, height, self._sheet.way)

    @property
    def room(self) -> int:
        """Columns for a head's name and a note beside it."""
        grid = self.grid
        if grid is None or self._sheet is None:
            return 0
        return _room(grid, self._sheet.way)

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses."""
        if (grid := self.grid) is not None:
            self.post_message(self.Chosen(*grid.at(event.x, event.y)))

    def render_line(self, y: int) -> Strip:
        """A line of the grid."""
        grid, width, base = self.grid, self.size.width, self.rich_style
        if grid is None or self._sheet is None:
            return Strip.blank(width, base)
        strips = self._strips_of(self._sheet, grid, self.app.theme_variables["accent"], base, width)
        return strips[y] if y < len(strips) else Strip.blank(width, base)
