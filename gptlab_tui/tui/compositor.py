"""Puts widgets together to a screen: renders what has changed alone, and forgets to tell nobody its size.

Textual renders all widgets between the outermost places that a key has changed, though most of them
stay as they are.

It tells those whose size differs between the layout that it knows and the next one. What it knows
may be newer than what it has told: where a region is asked for after a scroll, the layout is made anew
on the way, and whoever came into sight or changed its width with it never hears of it. A list then
keeps the rows that it had for no width at all. (Textual 8.2; tests/tui/test_compositor.py shows both.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


class SparingCompositor(Compositor):
    """Compares a layout with the last one that the widgets were told of, and renders what is drawn."""

    lies_upon = False
    """Whether what is seen around its widgets stands on the terminal already, and need not be drawn."""
    _told: CompositorMap | None = None
    _drawn: tuple[Region, ...] | None = None
    """The places that are being drawn; None are all."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Who is shown, hidden, or of another size since it was told."""
        stood = self._full_map if self._visible_map is None else self._visible_map
        if self._told is not None:
            self._full_map = self._told
        result = super().reflow(parent, size)
        self._told = self._full_map
        # What stands on the screen may be another layout than the one that was told: after a scroll it is.
        self._dirty_regions |= {
            seen
            for _, one in stood.items() ^ self._told.items()
            if (seen := one.clip.intersection(one.region))
        }
        return result

    @property
    def taken(self) -> set[Region]:
        """The places that its widgets have, without the screen itself."""
        places = (
            region.intersection(clip)
            for widget, (region, clip) in self.visible_widgets.items()
            if widget is not self.root
        )
        return {place for place in places if place}

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[Any]] | None = None, simplify: bool = False
    ) -> RenderableType | None:
        """What is to be drawn."""
        if self.lies_upon and not full:
            self._dirty_regions = self.taken
        return super().render_update(full=full, screen_stack=screen_stack, simplify=simplify)

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed."""
        self._drawn = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._drawn = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The widgets at what is drawn, each in the lines that are; none that others hide there."""
        if self._drawn is None:
            yield from super()._get_renders(crop)
            return
        drawn_yet = list(self._drawn)
        for widget, (region, clip) in self.visible_widgets.items():  # from the front to the back
            seen = region.intersection(clip)
            touched = [drawn for drawn in drawn_yet if drawn.overlaps(seen)]
            if touched:
                drawn_yet = [drawn for drawn in drawn_yet if not seen.contains_region(drawn)]
                first = max(seen.y, min(drawn.y for drawn in touched))
                last = min(seen.bottom, max(drawn.bottom for drawn in touched))
                band = Region(seen.x, first, seen.width, last - first)
                yield region, band, widget.render_lines(band.translate(-region.offset))
