"""Screens that are laid out and drawn no more often than they must be.

Textual lays a dialog out and draws it four times while it opens, and the panes below it once more each
time. Here a screen is laid out once for a size, and drawn once as it comes to the front. (Textual 8.2;
tests/tui/test_screen.py shows it.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self, cast

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.css.styles import RulesMap
from textual.geometry import Region, Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import RenderOptions, Visual

from gptlab_tui.tui.compositor import SparingCompositor


class SparingScreen(Screen[ScreenResultType]):
    """Is laid out once for a size, and drawn once as it comes to the front."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compositor = SparingCompositor()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """A new layout draws what it moves, so nobody who asks for one asks for the whole picture too."""
        asked = self._repaint_required
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if layout and self.is_mounted:
            self._repaint_required = asked
        return self

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leaves it, unless that is being done: the second of two quick clicks would close what is below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def _screen_resized(self, size: Size) -> None:
        """A size that it has been laid out for is none to be laid out for again."""
        if size != self._compositor.size:
            super()._screen_resized(size)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Who is laid out for the first time is drawn with it, and need not be drawn for coming."""
        event.prevent_default()
        is_new = self._size != self.app.size
        super()._on_screen_resume(event)
        if is_new:
            self._repaint_required = False

    def _on_screen_suspend(self) -> None:
        """The dialog that comes over it draws what is seen of it."""
        self._repaint_required = False


class Dimmed(Visual):
    """A screen behind a dialog; a style is dimmed once, though thousands of pieces have it."""

    def __init__(self, screen: Screen[Any], colour: Color) -> None:
        self._screen, self._colour = screen, colour

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """All that there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """That of the screen."""
        return self._screen.size.height

    def render_strips(
        self, width: int, height: int | None, style: VisualStyle, options: RenderOptions
    ) -> list[Strip]:
        """Its lines."""
        return [
            Strip(
                [Segment(text, dimmed(style or Style(), self._colour)) for text, style, _ in line],
                line.cell_length,
            )
            for line in self._screen._compositor.render_strips(Size(width, height or 0))
        ]


@lru_cache(maxsize=2048)
def dimmed(style: Style, colour: Color) -> Style:
    """A style as Textual dims it behind a dialog."""
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], colour)
    return segment.style or style


class PanesScreen(SparingScreen[None]):
    """Tabs, panes and keys stand on it; dialogs come over it."""


# Textual's style sheets know the first base of a class alone, so that is the one which they style.
class Dialog(ModalScreen[ScreenResultType], SparingScreen[ScreenResultType]):
    """What comes over the panes; it has the same room on every screen, so it need not know which it is."""

    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []

    def render(self) -> RenderableType:
        """What it lies upon."""
        below = super().render()
        if not isinstance(below, BackgroundScreen):
            return below
        # As any widget's, it may be a Visual, which the signature of a screen's leaves out.
        return cast(RenderableType, Dimmed(below.screen, below.color))
