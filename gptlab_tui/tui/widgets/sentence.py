"""A field of one line for a text that may have several."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import Input

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit, fit_end

#: What stands for a line break in the field.
BREAK = "⏎"


class SentenceField(Input):
    """Line breaks show as `⏎`, and whoever wants one types it as that.

    What is longer than the line is cut visibly while nobody edits it.
    """

    from_end: reactive[bool] = reactive(False)
    """Whether it is cut at its beginning."""

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False)

    @property
    def text(self) -> str:
        """What is meant, with its line breaks."""
        return self.value.replace(BREAK, "\n")

    @text.setter
    def text(self, text: str) -> None:
        self.value = text.replace("\n", BREAK)
        self.cursor_position = len(self.value)

    def render_line(self, y: int) -> Strip:
        """The line as one edits it, or as much of the text as it has room for."""
        width, text = self.content_region.width, display(self.value)
        if self.has_focus or y or cell_len(text) <= width:
            return super().render_line(y)
        # Cutting takes a character away at a time.
        shown = fit_end(text, width) if self.from_end else fit(text[: 2 * width + 2], width)
        return Strip([Segment(shown, self.rich_style)], width)
