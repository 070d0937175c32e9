"""The screen of the panes, on which no widget misses that it has another size.

Textual tells those whose size differs between the layout that it knows and the next one. What it knows
may be newer than what it has told: where a region is asked for after a scroll, the layout is made anew
on the way, and whoever came into sight or changed its width with it never hears of it. A list then
keeps the rows that it had for no width at all. (Textual 8.2; tests/tui/test_screen.py shows it.)
"""

from __future__ import annotations

from typing import Any

from textual._compositor import Compositor, CompositorMap, ReflowResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget


class ToldCompositor(Compositor):
    """Compares a layout with the last one that the widgets were told of."""

    _told: CompositorMap | None = None

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Who is shown, hidden, or of another size since it was told."""
        if self._told is not None:
            self._full_map = self._told
        result = super().reflow(parent, size)
        self._told = self._full_map
        return result


class PanesScreen(Screen[None]):
    """Tabs, panes and keys stand on it; dialogs come over it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compositor = ToldCompositor()
