"""A question that is answered by choosing a line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Choose(ModalScreen[str | None]):
    """Asks for one of several lines; enter takes it, escape gives None."""

    DEFAULT_CSS = """
    Choose { align: center middle; background: $background 60%; }
    Choose > .dialog {
        width: 64; max-width: 90%; height: auto; max-height: 90%;
        border: round $border; background: $surface; padding: 0 1;
        border-title-style: bold; border-subtitle-color: $muted;
    }
    Choose OptionList { height: auto; max-height: 16; border: none; background: $surface; padding: 0; }
    """
    BINDINGS = [Binding("escape,q", "cancel", "Cancel")]

    def __init__(self, question: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices` are (answer, line)."""
        super().__init__()
        self._question, self._choices = question, choices

    def compose(self) -> ComposeResult:
        """The lines under the question."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes it · escape leaves"
            yield OptionList(*(Option(Content(line), id=answer) for answer, line in self._choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leaves with the answer."""
        event.stop()
        self.dismiss(event.option_id)

    def action_cancel(self) -> None:
        """Leaves without."""
        self.dismiss(None)
