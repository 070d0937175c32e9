"""The last line: the keys that act now, as many as there is room for, palette and help at the end.

One widget that draws a line. Textual's own footer builds a widget for every key whenever the focus
moves, which is most of what going to another pane would cost, and keeps the old ones for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from textual.binding import Binding
from textual.content import Content
from textual.events import MouseDown
from textual.screen import Screen
from textual.widget import Widget

from gptlab_tui.tui.help import name_of, names_of
from gptlab_tui.tui.keys.key import Hint
from gptlab_tui.tui.keys.table import HINTS
from gptlab_tui.tui.panel import Bench

#: Between two entries.
_GAP = 2
#: What stands at the end however little room there is; the last of them longest.
_KEPT = ("command_palette", "help")
#: What stands first while a panel has the screen.
_UNZOOM = Hint("app.maximise app.back", "Unzoom")


class Entry(NamedTuple):
    """A key, or some that belong together, and what they do."""

    keys: tuple[str, ...]
    """As Textual calls them."""
    label: str
    action: str
    ascii_only: bool = False

    @property
    def names(self) -> str:
        """The keys as they are printed."""
        return names_of(",".join(self.keys), self.ascii_only)

    @property
    def width(self) -> int:
        """In cells, without what parts it from its neighbours."""
        return len(self.names) + 1 + len(self.label)

    def key_at(self, x: int) -> str:
        """The key at a column of the entry; beyond them the last."""
        end = 0
        for key in self.keys:
            end += len(name_of(key, self.ascii_only)) + 1
            if x < end:
                return key
        return self.keys[-1]


def fitting(entries: list[Entry], width: int) -> list[Entry]:
    """The first entries that fit into a line, whole; palette and help always, where anything fits."""
    kept = [entry for action in _KEPT for entry in entries if entry.action == action]
    while kept and _width(kept) > width:
        kept.pop(0)
    taken: list[Entry] = []
    for entry in entries:
        if entry.action in _KEPT:
            continue
        if _width([*taken, entry, *kept]) > width:
            break
        taken.append(entry)
    return [*taken, *kept]


def _width(entries: list[Entry]) -> int:
    return sum(entry.width for entry in entries) + _GAP * (len(entries) - 1)


class KeyLine(Widget):
    """`space Step  t T Heat  … ? Help`; a click does what the key does."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; color: $muted; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    def on_mount(self) -> None:
        """Follows the focus, and the zoom."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.watch(self.screen, "maximized", lambda: self._changed(self.screen), init=False)

    def _changed(self, screen: Screen[object]) -> None:
        bench = cast(Bench, self.app)
        active, pane = _active(screen), bench.pane
        hints = HINTS.get(pane.section, {}).get(pane.place, ()) if pane is not None else ()
        zoomed = (_UNZOOM,) if screen.maximized is not None else ()
        entries = _hinted((*zoomed, *hints), active)
        hinted = {key for entry in entries for key in entry.keys}
        own = f"{pane.section}." if hints and pane is not None else None
        actions: dict[str, Entry] = {}
        for key, binding in active.items():
            left_out = key in hinted or (own is not None and (binding.id or "").startswith(own))
            if binding.show and not left_out:
                actions.setdefault(binding.action, Entry((key,), binding.description, binding.action))
        entries += actions.values()
        plain = bench.terminal.glyphs == "ascii"
        entries = [entry._replace(ascii_only=plain) for entry in entries]
        if entries != self._entries:
            self._entries = entries
            self.refresh()

    def render(self) -> Content:
        """The keys that fit."""
        parts: list[Content] = []
        for entry in fitting(self._entries, self.size.width):
            parts += [Content.styled(entry.names, "bold $accent"), Content(f" {entry.label}" + " " * _GAP)]
        return Content.assemble(*parts)

    def on_mouse_down(self, event: MouseDown) -> None:
        """The mouse does what the key under it does."""
        start = 0
        for entry in fitting(self._entries, self.size.width):
            end = start + entry.width + _GAP
            if event.x < end:
                self.app.simulate_key(entry.key_at(event.x - start))
                return
            start = end


def _active(screen: Screen[object]) -> dict[str, Binding]:
    """The keys that do something now; not those that a field takes as text."""
    active: dict[str, Binding] = {}
    focused = screen.focused
    for key, (_, binding, enabled, _) in screen.active_bindings.items():
        name = name_of(key)
        # Textual knows of letters alone that a field takes them; of "slash" it does not.
        typed = len(name) == 1 and focused is not None and focused.check_consume_key(key, name)
        if enabled and not typed:
            active[key] = binding
    return active


def _hinted(hints: Iterable[Hint], active: Mapping[str, Binding]) -> list[Entry]:
    """The hints whose keys act now; an action of the table by the first of its keys that does."""
    entries = []
    for hint in hints:
        keys = []
        for name in hint.keys.split():
            if "." in name:
                keys += [key for key, binding in active.items() if binding.id == name][:1]
            else:
                keys.append(name)
        if keys:
            entries.append(Entry(tuple(keys), hint.label, hint.keys))
    return entries
