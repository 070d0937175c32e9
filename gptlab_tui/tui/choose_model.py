"""The question which model is meant: a list of runs, and beside it the steps of the one that is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import FRAME, LIST
from gptlab_tui.tui.run_models import Offered, Step, lines_of
from gptlab_tui.tui.screen import Dialog

#: Cells of a list's line that its words do not get.
_PADDING = 2


class ChooseModel(Dialog[tuple[str, Step] | None], Generic[Step]):
    """Asks for a run and one of its steps; escape gives None."""

    DEFAULT_CSS = (
        FRAME.format(name="ChooseModel")
        + LIST.format(name="ChooseModel", most=20)
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
        lines = lines_of(self._runs, runs.scrollable_content_region.width - _PADDING)
        runs.set_options([Option(Content(line)) for line in lines])
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
