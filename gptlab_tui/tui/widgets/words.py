"""Words in a room of a fixed size."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """A `Static` whose room does not depend on what it says: other words move nothing around it.

    So they cost no layout of the screen, and the same words in the same colours cost nothing.
    """

    DEFAULT_CSS = """
    Words { width: 1fr; height: 1fr; }
    """

    _said: Content | None = None

    def say(self, words: str | Content) -> None:
        """Shows these words; a string is plain text."""
        content = Content(words) if isinstance(words, str) else words
        if self._said is None or not content.is_same(self._said):  # == compares the text alone
            self._said = content
            self.update(content, layout=False)
