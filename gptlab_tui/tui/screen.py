"""Screens that are laid out and drawn no more often than they must be.

Textual lays a dialog out and draws it four times while it opens, and the panes below it once more each
time. Here a screen is laid out once for a size, and drawn once as it comes to the front. (Textual 8.2;
tests/tui/test_screen.py shows it.)
"""

from __future__ import annotations

from typing import Any, Self

from textual import events
from textual.await_complete import AwaitComplete
from textual.geometry import Region, Size
from textual.screen import ModalScreen, Screen, ScreenResultType

from gptlab_tui.tui.compositor import SparingCompositor


class SparingScreen(Screen[ScreenResultType]):
    """Is laid out once for a size, and drawn with that as it comes to the front.

    Nothing is dimmed behind a dialog, so that what lies around it need not be drawn for its coming.
    """

    _compositor: SparingCompositor

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
        """A new dialog is drawn as it is laid out, and upon what stands; nothing more is to be drawn."""
        event.prevent_default()
        is_new = self._size != self.app.size
        self._compositor.lies_upon = is_new and self.is_modal
        super()._on_screen_resume(event)
        self._compositor.lies_upon = False
        if is_new:
            self._ask_for_nothing()

    def _on_screen_suspend(self) -> None:
        """What is seen of it beside the dialog that comes stays as it stands."""
        self._ask_for_nothing()

    def _ask_for_nothing(self) -> None:
        """Takes back that all of it is to be drawn, which Textual asks for where screens come and go."""
        self._repaint_required = False
        self._exchange_repaint_regions()


class PanesScreen(SparingScreen[None]):
    """Tabs, panes and keys stand on it; dialogs come over it."""


# Textual's style sheets know the first base of a class alone, so that is the one which they style.
class Dialog(ModalScreen[ScreenResultType], SparingScreen[ScreenResultType]):
    """What comes over the panes; it has the same room on every screen, so it need not know which it is."""

    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []
