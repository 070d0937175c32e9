"""A widget that draws its own lines, and finds out its colours once for all of them."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Lined(Widget):
    """A base of widgets whose `render_line` asks for `rich_style`, after the base that styles them.

    Textual puts that together from the styles of all ancestors, each time it is asked: for a chart
    of thirty lines that is a third of what drawing it takes.
    """

    _style_of_lines: Style | None = None
    """While lines are drawn."""

    @property
    def rich_style(self) -> Style:
        """Its colours."""
        return super().rich_style if self._style_of_lines is None else self._style_of_lines

    def render_lines(self, crop: Region) -> list[Strip]:
        """So many of its lines."""
        self._style_of_lines = super().rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._style_of_lines = None
