"""Jump mode: a letter on every panel and field in sight; typing it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Static

from gptlab_tui.tui.screen import Dialog

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Jump(Dialog[Widget | None]):
    """Leaves with the widget whose letter was typed, or None."""

    DEFAULT_CSS = """
    Jump Static {
        position: absolute; width: 3; height: 1;
        background: $accent; color: $background; text-style: bold;
    }
    """
    BINDINGS = [Binding("escape", "dismiss(None)", "Leave")]

    def __init__(self, targets: Sequence[Widget]) -> None:
        super().__init__()
        self._targets = dict(zip(_LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        """The letters, each on the corner of what it stands for."""
        for letter, target in self._targets.items():
            mark = Static(Content(f" {letter} "))
            mark.styles.offset = (target.region.x, target.region.y)
            yield mark

    def on_key(self, event: Key) -> None:
        """A letter goes there; every other key leaves."""
        if event.key == "escape":
            return
        event.stop()
        self.dismiss(self._targets.get(event.key))
