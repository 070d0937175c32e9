"""Small questions on top of everything: yes or no, a line of text, one of several, a page to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gptlab_tui.render.display import display
from gptlab_tui.tui.run_models import Offered, Step

_FRAME = """
    {name} {{ align: center middle; }}
    {name} > .dialog {{
        width: auto; max-width: 90%; min-width: 30; height: auto; max-height: 90%;
        border: round $border; background: $surface; padding: 0 2;
        border-title-style: bold; border-subtitle-color: $muted;
    }}
"""
_LIST = """
    {name} > .dialog {{ width: 64; padding: 0 1; }}
    {name} OptionList, {name} OptionList:focus {{
        border: none; padding: 0; background: $surface; height: auto; max-height: {most};
    }}
"""


class Confirm(ModalScreen[bool]):
    """Asks before something that cannot be taken back easily; enter and `y` are yes, all else is no."""

    DEFAULT_CSS = _FRAME.format(name="Confirm") + "Confirm Static { width: auto; max-width: 100%; }"
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


class Choose(ModalScreen[str | None]):
    """Asks for one of several lines; enter takes it, escape gives None."""

    DEFAULT_CSS = _FRAME.format(name="Choose") + _LIST.format(name="Choose", most=16)
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


class ChooseModel(ModalScreen[tuple[str, Step] | None], Generic[Step]):
    """Asks for a run and one of its steps; escape gives None."""

    DEFAULT_CSS = (
        _FRAME.format(name="ChooseModel")
        + _LIST.format(name="ChooseModel", most=20)
        + """
    ChooseModel > .dialog { width: 76; }
    ChooseModel Horizontal { height: auto; max-height: 20; }
    ChooseModel #runs { width: 2fr; }
    ChooseModel #steps { width: 1fr; }
    """
    )
    BINDINGS = [Binding("escape,q", "cancel", "Cancel")]

    @dataclass
    class Read(Message):
        """What there is to choose from, or why that is not known."""

        runs: Sequence[Offered[Any]]
        problem: str = ""

    def __init__(self, question: str, read: Callable[[], Sequence[Offered[Step]]], present: str = "") -> None:
        """`read` says what there is; it is called in a thread. `present` is the run that is marked first."""
        super().__init__()
        self._question, self._choices, self._present = question, read, present
        self._runs: Sequence[Offered[Step]] = ()

    def compose(self) -> ComposeResult:
        """Runs, and beside them the steps of the one that is marked."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes the newest · → steps · escape leaves"
            with Horizontal():
                yield OptionList(Option("reading the runs …", disabled=True), id="runs")
                yield OptionList(id="steps")

    def on_mount(self) -> None:
        """The dialog stands before the disk has answered."""
        self.run_worker(self._read, thread=True, group="choices")

    def _read(self) -> None:
        try:
            self.post_message(self.Read(self._choices()))
        except OSError as error:
            self.post_message(self.Read((), f"The runs cannot be read: {error.strerror}."))

    def on_choose_model_read(self, message: Read) -> None:
        """The run that writes now is marked."""
        self._runs = message.runs
        runs = self.query_one("#runs", OptionList)
        if not self._runs:
            said = Content(display(message.problem or "There is no model yet."))
            runs.set_options([Option(said, disabled=True)])
            return
        runs.set_options([Option(Content(display(one.line))) for one in self._runs])
        names = [one.name for one in self._runs]
        runs.highlighted = names.index(self._present) if self._present in names else 0

    @property
    def _steps(self) -> tuple[tuple[Step, str], ...]:
        """Those of the run that is marked; none before the runs are known."""
        place = self.query_one("#runs", OptionList).highlighted
        return self._runs[place].steps if self._runs and place is not None else ()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the steps of the run."""
        if event.option_list.id == "runs":
            steps = self.query_one("#steps", OptionList)
            steps.set_options([Option(Content(shown)) for _, shown in self._steps])
            steps.highlighted = 0 if self._steps else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leaves with the run and the step."""
        runs = self.query_one("#runs", OptionList)
        if runs.highlighted is None or not self._steps:
            return
        place = event.option_index if event.option_list.id == "steps" else 0
        self.dismiss((self._runs[runs.highlighted].name, self._steps[place][0]))

    def on_key(self, event: events.Key) -> None:
        """Left and right go between the lists."""
        if event.key in ("left", "right"):
            event.stop()
            self.query_one("#steps" if event.key == "right" else "#runs").focus()

    def action_cancel(self) -> None:
        """Leaves without."""
        self.dismiss(None)


class Leaf(Widget):
    """A text that is laid out anew for every width."""

    DEFAULT_CSS = "Leaf { height: auto; }"

    def __init__(self, lay: Callable[[int], Content]) -> None:
        super().__init__()
        self._lay = lru_cache(2)(lay)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes."""
        return self._lay(width).get_height({}, width)

    def render(self) -> Content:
        """The text in the present width."""
        return self._lay(self.size.width)


class Page(ModalScreen[None]):
    """Something to read; any of the usual keys closes it."""

    DEFAULT_CSS = (
        _FRAME.format(name="Page")
        + "Page > .dialog { width: 90; max-width: 96%; height: auto; scrollbar-size-vertical: 1; }"
    )
    BINDINGS = [Binding("escape,q,enter,e,question_mark,f1", "close", "Close")]

    def __init__(self, title: str, lay: Callable[[int], Content]) -> None:
        """`lay` gives the text for a width in cells."""
        super().__init__()
        self._title, self._lay = title, lay

    def compose(self) -> ComposeResult:
        """The text, scrolled with the arrows where it is long."""
        with VerticalScroll(classes="dialog") as frame:
            frame.border_title = Content(self._title)
            frame.border_subtitle = "↑ ↓ · escape closes"
            yield Leaf(self._lay)

    def action_close(self) -> None:
        """Leaves."""
        self.dismiss(None)
