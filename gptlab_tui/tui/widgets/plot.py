"""Points of a plane, or the cosines of their pairs as a map, with a cursor on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.render import cosine_map, scatter
from gptlab_tui.render.heat import Cell, Way
from gptlab_tui.tui.widgets.cells import strip_of
from gptlab_tui.tui.widgets.lined import Lined


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What is drawn: the points, or where there is a table (n, n) of cosines, that instead."""

    panel: scatter.Panel
    way: Way
    table: np.ndarray | None = None
    factor: int = 1
    """Vectors that one place of the table stands for, along each side."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A drawing, and where each point of it stands."""

    rows: list[list[Cell]]
    spots: dict[int, tuple[int, int]]
    hidden: int = 0
    factor: int = 1


def drawn(sheet: Sheet, width: int, height: int) -> Drawn:
    """A sheet in so many columns and lines."""
    if sheet.table is None:
        found = scatter.draw(sheet.panel, width, height, sheet.way)
        return Drawn(found.rows, found.spots, found.hidden)
    lines = 2 if sheet.way == "colour" else 1
    most = min(width // cosine_map.columns(sheet.way), height * lines)
    table, factor = cosine_map.pooled(sheet.table.tolist(), most)
    rows = cosine_map.draw(table, sheet.way)
    left = (width - len(rows[0])) // 2
    factor *= sheet.factor
    wide = cosine_map.columns(sheet.way)
    spots = {
        place: (left + place // factor * wide, place // factor // lines)
        for place in range(len(sheet.panel.points))
    }
    return Drawn([[Cell(" ")] * left + row for row in rows], spots, 0, factor)


class Plot(Lined, can_focus=True):
    """Draws once for each size and sheet; the cursor and its neighbours are put on the drawing."""

    DEFAULT_CSS = """
    Plot { height: 1fr; width: 1fr; }
    """

    class Chosen(Message):
        """The mouse on a point."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheet: Sheet | None = None
        self._cursor, self._near = 0, frozenset[int]()
        self._drawn = lru_cache(maxsize=1)(drawn)

    def show(self, sheet: Sheet | None) -> None:
        """Another drawing, or none."""
        self._sheet = sheet
        self.refresh()

    def point_at(self, cursor: int, near: frozenset[int]) -> None:
        """The cursor on a point; `near` are stressed beside it."""
        if (cursor, near) != (self._cursor, self._near):
            self._cursor, self._near = cursor, near
            self.refresh()

    @property
    def drawing(self) -> Drawn | None:
        """The drawing as it stands; None where there is nothing to draw, or no room."""
        width, height = self.size
        if self._sheet is None or width < 3 or not height:
            return None
        return self._drawn(self._sheet, width, height)

    def beside(self, columns: int, rows: int) -> int | None:
        """The nearest point in a direction, as it is drawn; None where there is none."""
        drawing = self.drawing
        if drawing is None or self._sheet is None:
            return None
        if self._sheet.table is not None:
            place = self._cursor + (columns + rows) * drawing.factor
            return place if 0 <= place < len(self._sheet.panel.points) else None
        x, y = drawing.spots.get(self._cursor, (self.size.width // 2, self.size.height // 2))
        best, least = None, float("inf")
        for place, (to_x, to_y) in drawing.spots.items():
            over, down = to_x - x, 2 * (to_y - y)  # a cell is twice as high as it is wide
            ahead, aside = (over * columns, abs(down)) if columns else (down * rows, abs(over))
            if place != self._cursor and ahead > 0 and ahead + 2 * aside < least:
                best, least = place, ahead + 2 * aside
        return best

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses the nearest point."""
        drawing = self.drawing
        if drawing is None or not drawing.spots:
            return

        def apart(place: int) -> int:
            x, y = drawing.spots[place]
            return abs(x - event.x) + 2 * abs(y - event.y)

        self.post_message(self.Chosen(min(drawing.spots, key=apart)))

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor is shown weaker."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of the drawing, with the cursor put on it."""
        drawing, width, base = self.drawing, self.size.width, self.rich_style
        if drawing is None or y >= len(drawing.rows):
            return Strip.blank(width, base)
        strip = strip_of(drawing.rows[y], base, width)
        marks = [(place, Style(bold=True, underline=True)) for place in self._near]
        for place, style in [*marks, (self._cursor, self._cursor_style())]:
            spot = drawing.spots.get(place)
            if spot is not None and spot[1] == y and spot[0] < width:
                strip = _styled(strip, spot[0], style)
        return strip

    def _cursor_style(self) -> Style:
        if self._sheet is None or self._sheet.way != "colour":
            return Style(reverse=True, bold=True)
        theme = self.app.theme_variables
        ground = theme["accent"] if self.has_focus else theme["foreground"]
        return Style(color=theme["background"], bgcolor=ground, bold=True)


def _styled(strip: Strip, x: int, style: Style) -> Strip:
    """A strip with another style put on one cell."""
    parts = strip.divide([x, x + 1, strip.cell_length])
    middle = [Segment(text, (old or Style()) + style) for text, old, _ in parts[1]]
    return Strip.join([parts[0], Strip(middle), *parts[2:]])
