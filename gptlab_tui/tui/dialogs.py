"""Small questions on top of everything: yes or no, a line of text, and a page to read."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

_FRAME = """
    {name} {{ align: center middle; background: $background 60%; }}
    {name} > .dialog {{
        width: auto; max-width: 90%; min-width: 30; height: auto; max-height: 90%;
        border: round $border; background: $surface; padding: 0 2;
        border-title-style: bold; border-subtitle-color: $muted;
    }}
"""


class Confirm(ModalScreen[bool]):
    """Asks before something that cannot be taken back easily; enter and `y` are yes, all else is no."""

    DEFAULT_CSS = _FRAME.format(name="Confirm")
    BINDINGS = [
        Binding("y,enter", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
    ]

    def __init__(self, question: str, detail: str = "") -> None:
        super().__init__()
        self._question, self._detail = question, detail

    def compose(self) -> ComposeResult:
        """The question, and how to answer it."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "y yes · n no"
            yield Static(Content(self._detail or " "))

    def action_answer(self, yes: bool) -> None:
        """Leaves with the answer."""
        self.dismiss(yes)


class Ask(ModalScreen[str | None]):
    """Asks for a line of text; escape gives None."""

    DEFAULT_CSS = _FRAME.format(name="Ask") + "Ask Input { width: 60; max-width: 100%; }"
    BINDINGS = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, question: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._question, self._value, self._hint = question, value, hint

    def compose(self) -> ComposeResult:
        """A field under its question."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes it · escape leaves"
            yield Input(self._value, select_on_focus=True, compact=True)
            if self._hint:
                yield Static(Content(self._hint).stylize("$muted"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leaves with what was typed."""
        event.stop()
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Leaves without."""
        self.dismiss(None)


class Page(ModalScreen[None]):
    """Something to read; any of the usual keys closes it."""

    DEFAULT_CSS = _FRAME.format(name="Page") + "Page > .dialog { width: 90; height: auto; }"
    BINDINGS = [Binding("escape,q,enter,e,question_mark,f1", "close", "Close")]

    def __init__(self, title: str, text: Content, close_hint: str = "escape closes") -> None:
        super().__init__()
        self._title, self._text, self._hint = title, text, close_hint

    def compose(self) -> ComposeResult:
        """The text, scrolled with the arrows where it is long."""
        with VerticalScroll(classes="dialog") as frame:
            frame.border_title = Content(self._title)
            frame.border_subtitle = self._hint
            yield Static(self._text)

    def action_close(self) -> None:
        """Leaves."""
        self.dismiss(None)
