"""The panels of the pane Runs: the list, one run, and runs side by side."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Input, Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import shorten
from gptlab_tui.render.units import counted
from gptlab_tui.runs.compare import Point
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.runs.compare import Compared, CurvesView, compared_chart, remark, table_rows
from gptlab_tui.tui.panes.runs.explain import explain_compared, explain_list, explain_run
from gptlab_tui.tui.panes.runs.preview import Preview, body, head
from gptlab_tui.tui.panes.runs.table import RunsTable
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.theme import series
from gptlab_tui.tui.widgets.chart import ChartView
from gptlab_tui.tui.widgets.chart_spec import Chart, Curve, Kind, Spot

_EMPTY = (
    "No runs yet.\n\nPress 2, then n, to train a model; it takes minutes.\n"
    "Press 3 to write with contos, the model that comes with GPTLab."
)


class FilterInput(Input):
    """A line for the words of a filter; up, down and enter go back to the table."""

    BINDINGS = [Binding("down,up", "submit", show=False)]


class RunsListPanel(Panel):
    """The table, with its filter."""

    DEFAULT_CSS = """
    RunsListPanel { padding: 0; }
    RunsListPanel FilterInput { display: none; margin: 0 1; }
    RunsListPanel.-filtering FilterInput { display: block; }
    RunsListPanel #runs-empty { display: none; padding: 1 2; height: 1fr; }
    RunsListPanel.-empty #runs-empty { display: block; }
    RunsListPanel.-empty RunsTable { height: 1; }
    """

    def __init__(self, ascii_only: bool, current: Callable[[], RunSummary | None]) -> None:
        super().__init__(title="Runs", id="runs-list")
        self._ascii, self._current = ascii_only, current

    def compose(self) -> ComposeResult:
        """The table, what stands in its place without runs, and the filter."""
        yield RunsTable(self._ascii)
        yield Static(Content("Looking for runs …"), id="runs-empty")
        yield FilterInput(placeholder="words of name, state, preset, corpus or tag; loss<2", compact=True)

    def say_empty(self, filtered: bool) -> None:
        """Tells why no run is shown."""
        self.say("No run has these words; escape shows all." if filtered else _EMPTY)

    def say(self, words: str) -> None:
        """Tells something in the place of the runs; the words are safe to show."""
        text, empty = Content(words), self.query_one("#runs-empty", Static)
        if empty.content != text:
            empty.update(text)

    def command(self) -> str:
        """The same list."""
        return "gptlab runs list"

    def explanation(self) -> Explanation:
        """Bits per byte."""
        return explain_list(self._current())


class RunsPreviewPanel(Panel):
    """The run under the cursor."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    RunsPreviewPanel VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    RunsPreviewPanel #run-chart { height: 12; margin: 1 0; display: none; }
    RunsPreviewPanel.-curves #run-chart { display: block; }
    Screen.-tall.-wide RunsPreviewPanel #run-chart { height: 15; }
    Screen.-low RunsPreviewPanel #run-chart, Screen.-flat RunsPreviewPanel #run-chart { display: none; }
    Screen.-low RunsPreviewPanel.-maximized.-curves #run-chart { display: block; height: 11; }
    RunsPreviewPanel #run-body { margin: 1 0 0 0; }
    RunsPreviewPanel.-curves #run-body { margin: 0; }
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(title="Run", id="runs-preview")
        self._terminal = terminal
        self._ascii = terminal.glyphs == "ascii"
        self.preview: Preview | None = None

    def compose(self) -> ComposeResult:
        """Words above and below the curves."""
        with VerticalScroll():
            yield Static(id="run-head")
            yield ChartView(self._terminal, id="run-chart")
            yield Static(id="run-body")

    def show_summary(self, one: RunSummary | None) -> None:
        """Shows what is known at once; the rest follows with `show_preview`."""
        self.border_title = Content(display(one.name) if one is not None else "Run")
        self.query_one("#run-head", Static).update(head(one, self._ascii) if one is not None else "")
        if self.preview is None or one is None or self.preview.summary.name != one.name:
            self.preview = None
            self.query_one("#run-body", Static).update(Content("reading …" if one is not None else ""))

    def show_preview(self, preview: Preview) -> None:
        """Shows all of it."""
        self.preview = preview
        self.query_one("#run-head", Static).update(head(preview.summary, self._ascii))
        self.query_one("#run-body", Static).update(body(preview))
        self.set_class(bool(preview.train or preview.val), "-curves")
        self.query_one(ChartView).show(losses_chart(preview))

    def command(self) -> str | None:
        """The same run."""
        if self.preview is None:
            return None
        return f"gptlab runs show {shlex.quote(self.preview.summary.name)} --plot"

    def explanation(self) -> Explanation | None:
        """The losses."""
        return explain_run(self.preview)


class ComparedPanel(Panel):
    """What the two panels of a comparison share."""

    compared: Compared | None = None
    view = CurvesView()

    def command(self) -> str | None:
        """The same comparison."""
        if self.compared is None:
            return None
        return f"gptlab runs compare {shlex.join(self.compared.names)} --plot"

    def explanation(self) -> Explanation | None:
        """How far the runs are apart."""
        return explain_compared(self.compared, self.view)


class RunsCurvesPanel(ComparedPanel):
    """The evaluations of all compared runs, one over the other."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(title="Compare", id="runs-curves")
        self.can_focus = True
        self._terminal = terminal

    def compose(self) -> ComposeResult:
        """One chart."""
        yield ChartView(self._terminal)

    def show_compared(self, compared: Compared, view: CurvesView) -> None:
        """Shows a comparison."""
        self.compared, self.view = compared, view
        self.border_subtitle = remark(compared, view)
        self.query_one(ChartView).show(compared_chart(compared, view))


class RunsDifferencesPanel(ComparedPanel):
    """What the runs reached, and where their requests differ."""

    DEFAULT_CSS = "RunsDifferencesPanel DataTable { height: 1fr; scrollbar-size-vertical: 1; }"

    def __init__(self, ascii_only: bool) -> None:
        super().__init__(title="Differences", id="runs-differences")
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """A column for each run."""
        yield DataTable(cursor_type="row", id="runs-differences-table")

    def show_compared(self, compared: Compared) -> None:
        """Shows a comparison; a run has the colour of its curve."""
        self.compared = compared
        table: DataTable[Text] = self.query_one(DataTable)
        table.clear(columns=True)
        table.add_column(" ", key="what")
        colours = series(self.app.current_theme.dark)
        for number, name in enumerate(compared.names):
            style = f"bold {colours[number % len(colours)]}"
            table.add_column(Text(shorten(display(name), 26), style, no_wrap=True), key=name)
        for what, values in table_rows(compared.comparison, self._ascii):
            table.add_row(Text(what, no_wrap=True), *(Text(value, no_wrap=True) for value in values))
        self.border_subtitle = counted(len(compared.comparison.differences), "difference")


def losses_chart(preview: Preview) -> Chart:
    """The losses of one run over the steps, the best evaluation marked."""
    one = preview.summary
    curves = []
    if preview.train:
        curves.append(_curve("batch", preview.train, 1, "cloud"))
    if preview.val:
        curves.append(_curve("validation", preview.val, 0, "line"))
    spots: tuple[Spot, ...] = ()
    if one.best_step is not None and one.best_val_loss is not None and preview.val:
        spots = (Spot(one.best_step, one.best_val_loss),)
    return Chart(tuple(curves), y_name="nats per token", spots=spots)


def _curve(name: str, points: tuple[Point, ...], colour: int, kind: Kind) -> Curve:
    return Curve(name, tuple(step for step, _ in points), tuple(y for _, y in points), colour, kind)
