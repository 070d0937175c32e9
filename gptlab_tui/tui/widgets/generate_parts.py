"""The parts of the pane Generate: its panels, the prompt's field, the list of knobs, small dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.tui.panel import Panel


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


_FRAME = """
    {name} {{ align: center middle; background: $background 60%; }}
    {name} > .dialog {{
        width: {width}; max-width: 95%; height: auto; max-height: 90%;
        border: round $border; background: $surface; padding: 0 2;
        border-title-style: bold; border-subtitle-color: $muted;
    }}
    {name} OptionList, {name} OptionList:focus {{
        border: none; padding: 0; background: $surface; height: auto; max-height: 20;
    }}
"""


class Choice(ModalScreen[str | None]):
    """One of a few answers, chosen with arrows and enter; escape gives None."""

    DEFAULT_CSS = _FRAME.format(name="Choice", width="60")
    BINDINGS = [Binding("escape,q", "leave", "Leave")]

    def __init__(self, question: str, detail: str, answers: Sequence[tuple[str, str]]) -> None:
        """`answers` are pairs of what is given back and what is shown."""
        super().__init__()
        self._question, self._detail, self._answers = question, detail, answers

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes it · escape leaves"
            yield Static(Content(self._detail))
            yield OptionList(*(Option(Content(shown), id=given) for given, shown in self._answers))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leaves with it."""
        self.dismiss(event.option_id)

    def action_leave(self) -> None:
        """Leaves without."""
        self.dismiss(None)


Model = tuple[str, int | None]
"""A run's name and a step; None is the newest checkpoint."""


class ChooseModel(ModalScreen[Model | None]):
    """A run, and one of its steps."""

    DEFAULT_CSS = (
        _FRAME.format(name="ChooseModel", width="76")
        + """
    ChooseModel Horizontal { height: auto; max-height: 20; }
    ChooseModel #runs { width: 2fr; }
    ChooseModel #steps { width: 1fr; }
    """
    )
    BINDINGS = [Binding("escape,q", "leave", "Leave")]

    def __init__(
        self,
        question: str,
        runs: Sequence[tuple[str, str]],
        steps: Callable[[str], Sequence[tuple[int | None, str]]],
        present: str = "",
    ) -> None:
        """`runs` are names and what is shown of them, `steps` tells a run's steps."""
        super().__init__()
        self._question, self._runs, self._steps, self._present = question, runs, steps, present
        self._listed: Sequence[tuple[int | None, str]] = ()

    def compose(self) -> ComposeResult:
        """Runs, and beside them the steps of the one that is marked."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes the newest · → steps · escape leaves"
            with Horizontal():
                yield OptionList(*(Option(Content(display(shown))) for _, shown in self._runs), id="runs")
                yield OptionList(id="steps")

    def on_mount(self) -> None:
        """The run that writes now is marked."""
        names = [name for name, _ in self._runs]
        self.query_one("#runs", OptionList).highlighted = (
            names.index(self._present) if self._present in names else 0
        )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the steps of the run."""
        if event.option_list.id == "runs":
            self._listed = self._steps(self._runs[event.option_index][0])
            steps = self.query_one("#steps", OptionList)
            steps.set_options([Option(Content(shown)) for _, shown in self._listed])
            steps.highlighted = 0 if self._listed else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leaves with the run and the step."""
        runs = self.query_one("#runs", OptionList)
        if runs.highlighted is None or not self._listed:
            return
        place = event.option_index if event.option_list.id == "steps" else 0
        self.dismiss((self._runs[runs.highlighted][0], self._listed[place][0]))

    def on_key(self, event: events.Key) -> None:
        """Left and right go between the lists."""
        if event.key in ("left", "right"):
            event.stop()
            self.query_one("#steps" if event.key == "right" else "#runs").focus()

    def action_leave(self) -> None:
        """Leaves without."""
        self.dismiss(None)
