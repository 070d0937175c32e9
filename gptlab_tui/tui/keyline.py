"""The last line: the keys that act now, as many as there is room for, and the help at the end.

One widget that draws a line. Textual's own footer builds a widget for every key whenever the focus
moves, which is most of what going to another pane would cost, and keeps the old ones for ever.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content
from textual.events import MouseDown
from textual.screen import Screen
from textual.widget import Widget

from gptlab_tui.tui.help import name_of

#: Between two keys.
_GAP = 2


class Entry(NamedTuple):
    """A key and what it does."""

    key: str
    """As Textual calls it."""
    label: str
    action: str

    @property
    def width(self) -> int:
        """In cells, without what parts it from its neighbours."""
        return len(name_of(self.key)) + 1 + len(self.label)


def fitting(entries: list[Entry], width: int) -> list[Entry]:
    """The first entries that fit into a line, whole; the help always, where anything fits."""
    last = [entry for entry in entries if entry.action == "help"]
    room = width - sum(entry.width + _GAP for entry in last)
    taken = []
    for entry in entries:
        if entry in last:
            continue
        room -= entry.width + _GAP
        if room < 0:
            break
        taken.append(entry)
    return [*taken, *(entry for entry in last if entry.width <= width)]


class KeyLine(Widget):
    """`space Step  t Cool  … ? Help`; a click does what the key does."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; color: $muted; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    def on_mount(self) -> None:
        """Follows the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        actions: dict[str, Entry] = {}
        focused = screen.focused
        for _, binding, enabled, _ in screen.active_bindings.values():
            name = name_of(binding.key)
            # Textual knows of letters alone that a field takes them; of "slash" it does not.
            typed = len(name) == 1 and focused is not None and focused.check_consume_key(binding.key, name)
            if binding.show and enabled and not typed:
                actions.setdefault(binding.action, Entry(binding.key, binding.description, binding.action))
        entries = list(actions.values())
        if entries != self._entries:
            self._entries = entries
            self.refresh()

    def render(self) -> Content:
        """The keys that fit."""
        parts: list[Content] = []
        for entry in fitting(self._entries, self.size.width):
            parts += [Content.styled(name_of(entry.key), "bold $accent"), Content(f" {entry.label}  ")]
        return Content.assemble(*parts)

    def on_mouse_down(self, event: MouseDown) -> None:
        """The mouse does what the key under it does."""
        end = 0
        for entry in fitting(self._entries, self.size.width):
            end += entry.width + _GAP
            if event.x < end:
                self.app.simulate_key(entry.key)
                return
