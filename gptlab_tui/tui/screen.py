"""Screens that draw no more than they must, and on which no widget misses that it has another size.

Textual lays a dialog out and draws it four times while it opens, the panes below it once more each
time, and renders all widgets between the outermost places that a key has changed. Here a screen is laid
out once for a size, drawn once as it comes to the front, and what has not changed is not asked.

Textual tells those whose size differs between the layout that it knows and the next one. What it knows
may be newer than what it has told: where a region is asked for after a scroll, the layout is made anew
on the way, and whoever came into sight or changed its width with it never hears of it. A list then
keeps the rows that it had for no width at all. (Textual 8.2; tests/tui/test_screen.py shows all of it.)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Self

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.color import Color
from textual.geometry import Region, Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget


class SparingCompositor(Compositor):
    """Compares a layout with the last one that the widgets were told of, and renders what is drawn."""

    _told: CompositorMap | None = None
    _drawn: tuple[Region, ...] | None = None
    """The places that are being drawn; None are all."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Who is shown, hidden, or of another size since it was told."""
        if self._told is not None:
            self._full_map = self._told
        result = super().reflow(parent, size)
        self._told = self._full_map
        return result

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed."""
        # A piece of a line that begins where a place ends is drawn, too.
        self._drawn = tuple(Region(x, y, width + 1, height) for x, y, width, height in self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._drawn = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The widgets at what is drawn, each in the lines that are."""
        if self._drawn is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            touched = [drawn for drawn in self._drawn if drawn.overlaps(seen)]
            if touched:
                first = max(seen.y, min(drawn.y for drawn in touched))
                last = min(seen.bottom, max(drawn.bottom for drawn in touched))
                band = Region(seen.x, first, seen.width, last - first)
                yield region, band, widget.render_lines(band.translate(-region.offset))


class SparingScreen(Screen[ScreenResultType]):
    """Is laid out once for a size, and drawn once as it comes to the front."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compositor = SparingCompositor()
        self._pictures = 0
        """How often it has been drawn."""

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """A new layout draws what it moves, so nobody who asks for one asks for the whole picture too."""
        asked = self._repaint_required
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if layout and self.is_mounted:
            self._repaint_required = asked
        return self

    def _compositor_refresh(self) -> None:
        self._pictures += 1
        super()._compositor_refresh()

    def _screen_resized(self, size: Size) -> None:
        """A size that it has been laid out for is none to be laid out for again."""
        if size != self._compositor.size:
            super()._screen_resized(size)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Who is laid out for the first time is drawn with it, and need not be drawn for coming."""
        event.prevent_default()
        before = self._pictures
        super()._on_screen_resume(event)
        if self._pictures != before:
            self._repaint_required = False

    def _on_screen_suspend(self) -> None:
        """The dialog that comes over it draws what is seen of it."""
        self._repaint_required = False


class Dimmed(BackgroundScreen):
    """A screen behind a dialog; a style is dimmed once, though thousands of pieces have it."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """The pieces of its lines, dimmed."""
        for text, style, control in segments:
            yield Segment(text, style if control else _dimmed(style or Style(), color), control)


@lru_cache(maxsize=2048)
def _dimmed(style: Style, colour: Color) -> Style:
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], colour)
    return segment.style or style


class PanesScreen(SparingScreen[None]):
    """Tabs, panes and keys stand on it; dialogs come over it."""


class Dialog(SparingScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """What comes over the panes; it has the same room on every screen, so it need not know which it is."""

    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []

    def render(self) -> RenderableType:
        """What it lies upon."""
        below = super().render()
        return Dimmed(below.screen, below.color) if isinstance(below, BackgroundScreen) else below
