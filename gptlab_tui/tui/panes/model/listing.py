"""A list of lines with a cursor, of which as many are drawn as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.render.fitting import fit
from gptlab_tui.tui.widgets.lined import Lined

#: The lines for so many columns, headings among them.
Lines: TypeAlias = Callable[[int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What is listed: its lines, and which of them are headings that the cursor leaves out."""

    lines: Lines
    headings: frozenset[int]
    count: int


class Listing(Lined, can_focus=True):
    """The cursor is a line of other colours with a `>` in front."""

    DEFAULT_CSS = """
    Listing { height: 1fr; width: 1fr; }
    """

    class Chosen(Message):
        """The mouse on a line."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._listed: Listed | None = None
        self._drawn: tuple[Listed, int, Sequence[str]] | None = None
        self._cursor = self._top = 0

    def show(self, listed: Listed | None, cursor: int) -> None:
        """Other lines, or none, or the cursor on another of them."""
        self._listed, self._cursor = listed, cursor
        self._scroll()
        self.refresh()

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self._scroll()
        self.refresh()  # the lines of the new size may have been drawn before it was told

    def _scroll(self) -> None:
        height = self.size.height
        if self._listed is None or not height:
            return
        above = self._cursor - 1 if self._cursor - 1 in self._listed.headings else self._cursor
        self._top = min(self._top, max(0, above))
        self._top = max(self._top, self._cursor - height + 1)
        self._top = max(0, min(self._top, self._listed.count - height))

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses."""
        place = self._top + event.y
        if self._listed is not None and place < self._listed.count and place not in self._listed.headings:
            self.post_message(self.Chosen(place))

    def _lines(self, width: int) -> Sequence[str]:
        if self._listed is None:
            return ()
        if self._drawn is None or self._drawn[0] is not self._listed or self._drawn[1] != width:
            self._drawn = (self._listed, width, self._listed.lines(width))
        return self._drawn[2]

    def render_line(self, y: int) -> Strip:
        """A line of the list."""
        width, base = self.size.width, self.rich_style
        lines, place = self._lines(max(1, width - 1)), self._top + y
        if self._listed is None or place >= len(lines):
            return Strip.blank(width, base)
        here = place == self._cursor
        style = base + self._style(place) if here or place in self._listed.headings else base
        return Strip([Segment((">" if here else " ") + fit(lines[place], width - 1), style)], width)

    def _style(self, place: int) -> Style:
        theme = self.app.theme_variables
        if place != self._cursor:
            return Style(color=theme["muted"])
        name = "block-cursor" if self.has_focus else "block-cursor-blurred"
        return Style(color=theme[f"{name}-foreground"], bgcolor=theme[f"{name}-background"], bold=True)

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor is shown weaker."""
        self.refresh()
