"""A heat map of attention with labels on both axes and a cursor that reads off its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.insight.links import Link, pool, strongest_in_block
from gptlab_tui.render import heat
from gptlab_tui.tui.widgets.cells import strip_of
from gptlab_tui.tui.widgets.lined import Lined


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A map (T, T) and how it is to be drawn."""

    weights: np.ndarray
    labels: tuple[str, ...]
    way: heat.Way
    scale: heat.Scale


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A drawing, and where everything of it stands."""

    layout: heat.Layout
    rows: list[list[heat.Cell]]

    @property
    def factor(self) -> int:
        """How many tokens one place of the drawing stands for, along each axis."""
        return self.layout.factor


def picture_of(sheet: Sheet, width: int, height: int) -> Picture:
    """The largest drawing in so many columns and lines."""
    layout = heat.plan(sheet.labels, sheet.way, width, height)
    pooled = pool(sheet.weights, layout.factor).tolist()
    return Picture(layout, heat.draw(pooled, sheet.labels, layout, sheet.scale))


def strips_of(picture: Picture, base: Style, width: int) -> list[Strip]:
    """The drawing as lines of a widget with these colours, without a cursor."""
    return [strip_of(row, base, width) for row in picture.rows]


class Heatmap(Lined, can_focus=True):
    """Draws once for each size and map; a cursor that moves redraws only the lines it touches."""

    DEFAULT_CSS = """
    Heatmap { height: 1fr; width: 1fr; }
    """

    class Moved(Message):
        """The cursor stands on another weight."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheet: Sheet | None = None
        self._cursor = (0, 0)
        # What was drawn last is kept by what it was drawn from.
        self._picture_of = lru_cache(maxsize=1)(picture_of)
        self._strips_of = lru_cache(maxsize=1)(strips_of)

    def show(
        self, weights: np.ndarray | None, pieces: Sequence[str], way: heat.Way, scale: heat.Scale
    ) -> None:
        """Another map (T, T), or none, or the same one drawn otherwise; the cursor stays where it can."""
        last = len(pieces) - 1
        query = max(0, min(self._cursor[0], last))
        self._cursor = (query, max(0, min(self._cursor[1], query)))
        labels = tuple(heat.label_of(piece, way) for piece in pieces)
        self._sheet = None if weights is None or not len(weights) else Sheet(weights, labels, way, scale)
        self.refresh()

    @property
    def picture(self) -> Picture | None:
        """The drawing as it stands; None where there is nothing to draw, or no room."""
        width, height = self.size
        if self._sheet is None or width <= 3 or not height:
            return None
        return self._picture_of(self._sheet, width, height)

    @property
    def link(self) -> Link | None:
        """The weight under the cursor; on a pooled map the largest of its block."""
        if self._sheet is None:
            return None
        query, key = self._cursor
        return Link(query, key, float(self._sheet.weights[query, key]))

    def go(self, query: int, key: int) -> None:
        """Puts the cursor on a weight."""
        if self._sheet is None or not 0 <= key <= query < len(self._sheet.weights):
            return
        before, self._cursor = self._cursor, (query, key)
        if before != self._cursor:
            self._refresh_around(before)
            self._refresh_around(self._cursor)
        self.post_message(self.Moved())

    def move(self, columns: int, rows: int) -> None:
        """Moves the cursor by so many places of the drawing, within what is not hidden."""
        if self._sheet is None:
            return
        picture, weights = self.picture, self._sheet.weights
        factor = picture.factor if picture is not None else 1
        here = (self._cursor[0] // factor, self._cursor[1] // factor)
        row = max(0, min((len(weights) - 1) // factor, here[0] + rows))
        column = max(0, min(row, here[1] + columns))
        if (row, column) != here:
            link = strongest_in_block(weights, row, column, factor)
            self.go(link.query, link.key)

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor somewhere."""
        picture = self.picture
        place = picture.layout.at(event.x, event.y) if picture is not None else None
        if picture is not None and self._sheet is not None and place is not None:
            row, column = place[0], min(place[1], place[0])
            link = strongest_in_block(self._sheet.weights, row, column, picture.factor)
            self.go(link.query, link.key)

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self._refresh_around(self._cursor)

    def on_blur(self) -> None:
        """The cursor is shown weaker."""
        self._refresh_around(self._cursor)

    def render_line(self, y: int) -> Strip:
        """A line of the drawing, with the cursor put on it."""
        picture, width, base = self.picture, self.size.width, self.rich_style
        if picture is None or y >= len(picture.rows):
            return Strip.blank(width, base)
        return self._with_cursor(self._strips_of(picture, base, width)[y], y, picture)

    def _refresh_around(self, cursor: tuple[int, int]) -> None:
        picture = self.picture
        if picture is not None:
            self.refresh(*(region for region in _regions(picture.layout, cursor) if region.area))

    def _with_cursor(self, strip: Strip, y: int, picture: Picture) -> Strip:
        place, row_label, column_label = _regions(picture.layout, self._cursor)
        strong = Style(bold=True, reverse=True)
        for region in (row_label, column_label):
            if region.y <= y < region.bottom:
                strip = _styled(strip, region.x, region.right, strong)
        if place.y <= y < place.bottom:
            strip = self._marked(strip, place, picture)
        return strip

    def _marked(self, strip: Strip, place: Region, picture: Picture) -> Strip:
        """The weight under the cursor in the theme's accent; where there are no colours, reversed."""
        if picture.layout.way != "colour":
            return _styled(strip, place.x, place.right, Style(reverse=True, bold=True))
        theme = self.app.theme_variables
        accent = theme["accent"] if self.has_focus else theme["foreground"]
        if not picture.layout.shape.paired:
            return _styled(strip, place.x, place.right, Style(bgcolor=accent))
        upper = (self._cursor[0] // picture.factor) % 2 == 0
        other = _other_half(picture.rows[place.y][place.x], upper)
        style = Style(color=accent, bgcolor=other) if other else Style(color=accent)
        return _replaced(strip, place.x, "▀" if upper else "▄", style)


def _regions(layout: heat.Layout, cursor: tuple[int, int]) -> tuple[Region, Region, Region]:
    """The place of a weight, the label of its row, and that of its column."""
    row, column = cursor[0] // layout.factor, cursor[1] // layout.factor
    x, y, width, height = layout.place(row, column)
    left = row % 2 * (layout.label + (layout.label > 1)) if layout.shape.paired else 0
    return Region(x, y, width, height), Region(left, y, layout.label, 1), Region(x, 0, width, layout.head)


def _other_half(cell: heat.Cell, upper: bool) -> str:
    """The colour of the half that shares a character with the cursor's."""
    if cell.glyph == " ":
        return cell.background
    if cell.glyph == "▀":
        return cell.background if upper else cell.foreground
    return cell.foreground if upper and cell.glyph == "▄" else ""


def _styled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style put on a part of it."""
    parts = strip.divide([start, end, strip.cell_length])
    middle = [Segment(text, (old or Style()) + style) for text, old, _ in parts[1]]
    return Strip.join([parts[0], Strip(middle), *parts[2:]])


def _replaced(strip: Strip, x: int, glyph: str, style: Style) -> Strip:
    """A strip with another character at one place."""
    parts = strip.divide([x, x + 1, strip.cell_length])
    base = next((old for _, old, _ in parts[1] if old), Style())
    return Strip.join([parts[0], Strip([Segment(glyph, base + style)]), *parts[2:]])
