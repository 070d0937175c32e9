"""A line of the views of a pane, each with its key; a click does what the key does."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ViewTabs(Widget):
    """`[s Statistics]  x Text  …`; the present one stands in brackets."""

    DEFAULT_CSS = "ViewTabs { height: 1; color: $muted; padding: 0 1; }"
    current: reactive[str] = reactive("")

    class Picked(Message):
        """Somebody pointed at a view."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, views: Sequence[tuple[str, str, str]]) -> None:
        """`views` are (name, key, title)."""
        super().__init__()
        self._views = tuple(views)

    def _parts(self) -> list[tuple[str, str]]:
        long = sum(len(key) + len(title) + 3 for _, key, title in self._views)
        parts = []
        for name, key, title in self._views:
            here = name == self.current
            text = f"{key} {title}" if here or long <= self.size.width else key
            parts.append((name, f"[{text}]" if here else f" {text} "))
        return parts

    def render(self) -> Content:
        """As many words as there is room for."""
        chosen = "bold $on-chosen on $chosen"
        return Content.assemble(
            *((text, chosen if name == self.current else "") for name, text in self._parts())
        )

    def on_click(self, event: Click) -> None:
        """Tells which view was pointed at."""
        end = 1
        for name, text in self._parts():
            end += len(text)
            if event.x < end:
                self.post_message(self.Picked(name))
                return
