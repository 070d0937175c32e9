"""A field of one line for a text that may have several."""

from __future__ import annotations

from textual.widgets import Input

#: What stands for a line break in the field.
BREAK = "⏎"


class SentenceField(Input):
    """Line breaks show as `⏎`, and whoever wants one types it as that."""

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False)

    @property
    def text(self) -> str:
        """What is meant, with its line breaks."""
        return self.value.replace(BREAK, "\n")

    @text.setter
    def text(self, text: str) -> None:
        self.value = text.replace("\n", BREAK)
