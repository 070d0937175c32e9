"""The parts of the pane Generate: its panels, the prompt's field, the list of knobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.generate.text import TextView


class AskedPanel(Panel):
    """A panel whose command and explanation somebody else knows."""

    def __init__(
        self,
        *children: Widget,
        title: str,
        command: Callable[[], str | None],
        explain: Callable[[], Explanation | None],
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(*children, title=title, id=id, classes=classes)
        self._command, self._explain = command, explain

    def command(self) -> str | None:
        """What the owner says."""
        return self._command()

    def explanation(self) -> Explanation | None:
        """What the owner says."""
        return self._explain()


class TextPanel(AskedPanel):
    """A text that is written."""

    def plain(self) -> str | None:
        """All of the text, its lines as they are."""
        story = self.query_one(TextView).story
        return None if story is None else story.prompt + story.text


class Texts(Container):
    """Where texts stand, one or several beside each other; it says when it has another size."""

    class Resized(Message):
        """There is another room for them."""

    def on_resize(self) -> None:
        """Says so."""
        self.post_message(self.Resized())


class PromptArea(TextArea):
    """The prompt: enter writes, all else is typing."""

    DEFAULT_CSS = """
    PromptArea, PromptArea:focus {
        border: none; padding: 0; height: auto; min-height: 1; max-height: 4; background: $background;
    }
    PromptArea:focus { background: $boost; }
    PromptArea .text-area--cursor-line { background: transparent; }
    """

    class Submitted(Message):
        """Enter."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Submitted())
            return
        await super()._on_key(event)


class Rows(OptionList):
    """A list of rows that are drawn anew often; the highlighted one stays where it is."""

    DEFAULT_CSS = """
    Rows, Rows:focus {
        border: none; padding: 0; background: $background; height: 1fr; scrollbar-size-vertical: 1;
    }
    Rows > .option-list--option { padding: 0; }
    Rows > .option-list--option-highlighted { background: $background; text-style: none; color: $foreground; }
    Rows:focus > .option-list--option-highlighted { background: $chosen; color: $on-chosen; }
    """

    class Resized(Message):
        """There is another width to fill."""

    def on_resize(self) -> None:
        """Asks for rows of the new width."""
        self.post_message(self.Resized())

    def show_rows(self, rows: Sequence[Content], marked: int | None = None) -> None:
        """Other rows; `marked` gets the highlight, else it stays at its place."""
        highlighted = self.highlighted if marked is None else marked
        if self.option_count == len(rows):
            for index, row in enumerate(rows):
                self.replace_option_prompt_at_index(index, row)
        else:
            self.set_options([Option(row) for row in rows])
        if rows and highlighted is not None:
            self.highlighted = min(highlighted, len(rows) - 1)
        elif rows and self.highlighted is None:
            self.highlighted = 0
