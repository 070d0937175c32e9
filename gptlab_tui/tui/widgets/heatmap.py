"""A heat map of attention with labels on both axes and a cursor that reads off its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gptlab_tui.insight.links import Link, pool, strongest_in_block
from gptlab_tui.render import heat
from gptlab_tui.tui.widgets.cells import strip_of


class Heatmap(Widget, can_focus=True):
    """Draws once for each size and map; a cursor that moves redraws only the lines it touches."""

    DEFAULT_CSS = """
    Heatmap { height: 1fr; width: 1fr; }
    """

    class Moved(Message):
        """The cursor stands on another weight."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.plan: heat.Layout | None = None
        """Where everything stands; None where there is nothing, or no room."""
        self._weights: np.ndarray | None = None
        self._labels: list[str] = []
        self._way: heat.Way = "colour"
        self._scale: heat.Scale = "sqrt"
        self._strips: list[Strip] | None = None
        self._rows: list[list[heat.Cell]] = []
        self._cursor = (0, 0)

    def show(
        self, weights: np.ndarray | None, pieces: Sequence[str], way: heat.Way, scale: heat.Scale
    ) -> None:
        """Another map (T, T), or none, or the same one drawn otherwise; the cursor stays where it can."""
        self._weights = weights
        self._labels = [heat.label_of(piece, way) for piece in pieces]
        self._way, self._scale = way, scale
        last = len(self._labels) - 1
        query = max(0, min(self._cursor[0], last))
        self._cursor = (query, max(0, min(self._cursor[1], query)))
        self._forget()

    @property
    def link(self) -> Link | None:
        """The weight under the cursor; on a pooled map the largest of its block."""
        if self._weights is None or not len(self._weights):
            return None
        query, key = self._cursor
        return Link(query, key, float(self._weights[query, key]))

    @property
    def factor(self) -> int:
        """How many tokens one place of the drawing stands for, along each axis."""
        self._prepare()
        return self.plan.factor if self.plan is not None else 1

    @property
    def rows(self) -> list[list[heat.Cell]]:
        """The drawing as it stands, without the cursor."""
        self._prepare()
        return self._rows

    def go(self, query: int, key: int) -> None:
        """Puts the cursor on a weight."""
        if self._weights is None or not 0 <= key <= query < len(self._weights):
            return
        before, self._cursor = self._cursor, (query, key)
        if before != self._cursor:
            self._refresh_around(before)
            self._refresh_around(self._cursor)
        self.post_message(self.Moved())

    def move(self, columns: int, rows: int) -> None:
        """Moves the cursor by so many places of the drawing, within what is not hidden."""
        if self._weights is None:
            return
        factor = self.factor
        last = (len(self._weights) - 1) // factor
        row = max(0, min(last, self._cursor[0] // factor + rows))
        column = max(0, min(row, self._cursor[1] // factor + columns))
        if (row, column) != (self._cursor[0] // factor, self._cursor[1] // factor):
            link = strongest_in_block(self._weights, row, column, factor)
            self.go(link.query, link.key)

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor somewhere."""
        place = self.plan.at(event.x, event.y) if self.plan else None
        if place is not None and self._weights is not None and self.plan is not None:
            row = place[0]
            link = strongest_in_block(self._weights, row, min(place[1], row), self.plan.factor)
            self.go(link.query, link.key)

    def on_resize(self) -> None:
        """Another size is another drawing."""
        self._forget()

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self._refresh_around(self._cursor)

    def on_blur(self) -> None:
        """The cursor is shown weaker."""
        self._refresh_around(self._cursor)

    def notify_style_update(self) -> None:
        """Another theme has another background."""
        super().notify_style_update()
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """A line from the cache, with the cursor put on it."""
        self._prepare()
        if self._strips is None or y >= len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._with_cursor(self._strips[y], y)

    def _forget(self) -> None:
        self._strips = None
        self.plan = None
        self.refresh()

    def _prepare(self) -> None:
        if self._strips is not None:
            return
        self._rows = []
        width, height = self.size
        if self._weights is not None and len(self._weights) and width > 3 and height > 0:
            self.plan = heat.plan(self._labels, self._way, width, height)
            pooled = pool(self._weights, self.plan.factor).tolist()
            self._rows = heat.draw(pooled, self._labels, self.plan, self._scale)
        base = self.rich_style
        self._strips = [strip_of(row, base, width) for row in self._rows]

    def _regions(self, cursor: tuple[int, int]) -> tuple[Region, Region, Region] | None:
        """The place of a weight, the label of its row, and that of its column."""
        if self.plan is None:
            return None
        row, column = cursor[0] // self.plan.factor, cursor[1] // self.plan.factor
        x, y, width, height = self.plan.place(row, column)
        label = self.plan.label
        left = row % 2 * (label + (label > 1)) if self.plan.shape.paired else 0
        return (
            Region(x, y, width, height),
            Region(left, y, label, 1),
            Region(x, 0, width, self.plan.head),
        )

    def _refresh_around(self, cursor: tuple[int, int]) -> None:
        regions = self._regions(cursor)
        if regions is not None:
            self.refresh(*(region for region in regions if region.area))

    def _with_cursor(self, strip: Strip, y: int) -> Strip:
        regions = self._regions(self._cursor)
        if regions is None or self.plan is None:
            return strip
        place, row_label, column_label = regions
        strong = Style(bold=True, reverse=True)
        for region in (row_label, column_label):
            if region.y <= y < region.bottom:
                strip = _styled(strip, region.x, region.right, strong)
        if place.y <= y < place.bottom:
            strip = self._marked(strip, place)
        return strip

    def _marked(self, strip: Strip, place: Region) -> Strip:
        """The weight under the cursor in the theme's accent; where there are no colours, reversed."""
        if self._way != "colour":
            return _styled(strip, place.x, place.right, Style(reverse=True, bold=True))
        theme = self.app.theme_variables
        accent = theme["accent"] if self.has_focus else theme["foreground"]
        assert self.plan is not None
        if not self.plan.shape.paired:
            return _styled(strip, place.x, place.right, Style(bgcolor=accent))
        upper = (self._cursor[0] // self.plan.factor) % 2 == 0
        row = place.y - self.plan.head
        other = self._other_half(row, place.x, upper)
        style = Style(color=accent, bgcolor=other) if other else Style(color=accent)
        return _replaced(strip, place.x, "▀" if upper else "▄", style)

    def _other_half(self, line: int, x: int, upper: bool) -> str:
        """The colour of the half that shares a character with the cursor's."""
        assert self.plan is not None
        cell = self._rows[line + self.plan.head][x]
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
