"""Drawing at most so often, and never leaving out the last time."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.timer import Timer
from textual.widget import Widget


class Redraw:
    """Draws a part of a widget: at once where that is due or asked for, else when its time has come."""

    def __init__(self, widget: Widget, every_s: float, draw: Callable[[], None]) -> None:
        self._widget, self._every_s, self._draw = widget, every_s, draw
        self._drawn_at = -every_s
        self._timer: Timer | None = None
        self._is_soon = False

    def ask(self, *, now: bool = False) -> None:
        """Something has changed; with `now` somebody waits to see it."""
        wait_s = self._drawn_at + self._every_s - time.monotonic()
        if now or wait_s <= 0:
            self._go()
        elif self._timer is None:
            self._timer, self._is_soon = self._widget.set_timer(wait_s, self._go), False

    def soon(self, wait_s: float) -> None:
        """Somebody waits to see something else first: drawn after so long, once for all who ask meanwhile."""
        if self._timer is None or not self._is_soon:
            self.stop()
            self._timer, self._is_soon = self._widget.set_timer(wait_s, self._go), True

    def stop(self) -> None:
        """What waits is not drawn."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _go(self) -> None:
        self.stop()
        self._drawn_at = time.monotonic()
        self._draw()
