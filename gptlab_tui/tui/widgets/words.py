"""Words in a room of a fixed size."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """A `Static` whose room does not depend on what it says: other words move nothing around it.

    So they cost no layout of the screen, and the same words cost nothing.
    """

    DEFAULT_CSS = """
    Words { width: 1fr; height: 1fr; }
    """

    _said: str | Content | None = None

    def say(self, words: str | Content) -> None:
        """Shows these words."""
        if words != self._said:
            self._said = words
            self.update(words, layout=False)
