"""A drawing of any length that scrolls, and a cursor that goes from part to part of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gptlab_tui.render.places import Drawing, Span
from gptlab_tui.tui.widgets.cells import strip_of
from gptlab_tui.tui.widgets.lined import Lined

#: Draws in so many columns.
Draw = Callable[[int], Drawing]


class Canvas(ScrollView, Lined, can_focus=True, inherit_bindings=False):
    """Draws once for each width; what the cursor leaves and enters alone is drawn again."""

    DEFAULT_CSS = """
    Canvas { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor stands on another part."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.place = 0
        """The part under the cursor."""
        self._stressed: frozenset[int] = frozenset()
        self._draw: Draw | None = None
        self._drawing: Drawing | None = None
        self._strips_of = lru_cache(maxsize=512)(self._strip)

    @property
    def drawing(self) -> Drawing | None:
        """As it stands; None where there is nothing to be drawn."""
        return self._drawing

    def show(self, draw: Draw | None) -> None:
        """Something else, or nothing; the cursor stays on the part of its number where it can."""
        self._draw = draw
        self._lay()

    def on_mount(self) -> None:
        """A theme has other colours."""
        self.app.theme_changed_signal.subscribe(self, lambda theme: self._renew())

    def on_resize(self) -> None:
        """Breaks the lines anew."""
        self._lay()

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self._renew()

    def on_blur(self) -> None:
        """The cursor is shown weaker."""
        self._renew()

    def _renew(self) -> None:
        self._strips_of.cache_clear()
        self.refresh()

    def _lay(self) -> None:
        region = self.scrollable_content_region
        self._drawing = self._draw(region.width) if self._draw is not None and region.width > 0 else None
        if self._drawing is not None:
            self.place = max(0, min(self.place, len(self._drawing.places) - 1))
        size = Size(region.width, len(self._drawing.rows) if self._drawing is not None else 0)
        if size != self.virtual_size:
            self.virtual_size = size
        self._renew()
        self._follow()

    # -- the cursor --------------------------------------------------------------------------------

    def go(self, place: int) -> None:
        """Puts the cursor on a part, and brings it into sight."""
        if self._drawing is None or not 0 <= place < len(self._drawing.places):
            return
        moved, self.place = place != self.place, place
        self._renew()
        self._follow()
        if moved:
            self.post_message(self.Moved())

    def stress(self, places: frozenset[int]) -> None:
        """Underlines other parts."""
        if places != self._stressed:
            self._stressed = places
            self._renew()

    def move(self, columns: int, rows: int) -> None:
        """To the part beside, round the ends of lines, or to the closest in another line.

        So many rows that no text has them are a screenful.
        """
        if self._drawing is None or not self._drawing.places:
            return
        if columns:
            self.go(max(0, min(len(self._drawing.places) - 1, self.place + columns)))
        elif abs(rows) > len(self._drawing.rows) or abs(rows) >= 9999:
            lines = max(1, self.size.height // max(1, self._lines_apart))
            self.go(self._drawing.nearest(self.place, lines if rows > 0 else -lines))
        else:
            self.go(self._drawing.nearest(self.place, rows))

    @property
    def _lines_apart(self) -> int:
        """From one line of parts to the next."""
        assert self._drawing is not None
        lines = sorted({spans[0].line for spans in self._drawing.places})
        return lines[1] - lines[0] if len(lines) > 1 else 1

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor somewhere."""
        if self._drawing is not None:
            place = self._drawing.at(event.y + self.scroll_offset.y, event.x + self.scroll_offset.x)
            if place is not None:
                self.go(place)

    def _follow(self) -> None:
        """Brings the part under the cursor into sight, with a line around it where there is room."""
        if self._drawing is None or not self._drawing.places:
            return
        spans = self._drawing.places[self.place]
        top, bottom = max(0, spans[0].line - 1), spans[-1].line + 2
        self.scroll_to_region(Region(0, top, 1, bottom - top), animate=False, force=True)

    # -- drawing -----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line on the screen."""
        line = y + self.scroll_offset.y
        if self._drawing is None or not 0 <= line < len(self._drawing.rows):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strips_of(line, self.size.width)

    def _strip(self, line: int, width: int) -> Strip:
        assert self._drawing is not None
        strip = strip_of(self._drawing.rows[line], self.rich_style, width)
        for place in self._stressed.intersection(range(len(self._drawing.places))):
            strip = self._styled(strip, self._drawing.places[place], line, Style(underline=True, bold=True))
        if self._drawing.places:
            strip = self._styled(strip, self._drawing.places[self.place], line, self._cursor_style)
        return strip

    @property
    def _cursor_style(self) -> Style:
        """In the theme's colours for what is chosen; where there are none, reversed."""
        if not self.has_focus or self.app.no_color or "nocolor" in self.pseudo_classes:
            return Style(reverse=True, bold=True)
        theme = self.app.theme_variables
        return Style(color=theme["background"], bgcolor=theme["accent"], bold=True)

    def _styled(self, strip: Strip, spans: tuple[Span, ...], line: int, style: Style) -> Strip:
        length = strip.cell_length  # less than the drawing's width until that is laid out anew
        for span in spans:
            start, end = min(span.start, length), min(span.end, length)
            if span.line == line and end > start:
                middle = [Segment(text, (old or Style()) + style) for text, old, _ in strip.crop(start, end)]
                strip = Strip.join([strip.crop(0, start), Strip(middle), strip.crop(end, length)])
        return strip
