"""The pane Runs: all runs in a table, the one under the cursor beside it, several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import DataTable, Input
from textual.worker import get_current_worker

from gptlab_tui.runs.layout import find_run
from gptlab_tui.tui.keys.runs import KEYS
from gptlab_tui.tui.panel import bindings, style_now
from gptlab_tui.tui.panes.runs.asking import RunsAsking
from gptlab_tui.tui.panes.runs.compare import Compared, CurvesView, read_compared
from gptlab_tui.tui.panes.runs.panels import (
    FilterInput,
    RunsCurvesPanel,
    RunsDifferencesPanel,
    RunsListPanel,
    RunsPreviewPanel,
)
from gptlab_tui.tui.panes.runs.rows import COLUMNS
from gptlab_tui.tui.panes.runs.table import RunsTable

#: Actions that turn the curves of compared runs; that look at the list; that want a run in one piece; that
#: want it not to be in training.
_CURVES = ("axis", "unit")
_LIST = ("open", "mark", "filter", "sort", "reverse", "write", "resume", "branch", "rename", "tag", "delete")
_WHOLE = ("open", "write", "resume", "branch", "rename", "tag")
_AT_REST = ("resume", "rename", "delete")


@dataclass
class ComparedRuns(Message):
    """Runs were compared; `generation` counts the requests."""

    compared: Compared | None
    """None where nobody waits for it any more."""
    generation: int


class RunsPane(RunsAsking):
    """See the module."""

    section = "runs"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False
    DEFAULT_CSS = """
    RunsPane { layout: vertical; }
    RunsPane #runs-list { height: 1fr; min-height: 5; }
    RunsPane #runs-preview { height: 9; }
    Screen.-tall RunsPane #runs-preview { height: 1fr; }
    Screen.-wide RunsPane { layout: horizontal; }
    Screen.-wide RunsPane #runs-list { width: 1fr; height: 1fr; }
    Screen.-wide RunsPane #runs-preview { width: 30%; min-width: 40; height: 1fr; }
    Screen.-flat RunsPane #runs-preview { display: none; }
    RunsPane #runs-curves, RunsPane #runs-differences { display: none; width: 1fr; height: 1fr; }
    Screen RunsPane.-comparing { layout: vertical; }
    RunsPane.-comparing #runs-list, RunsPane.-comparing #runs-preview { display: none; }
    RunsPane.-comparing #runs-curves, RunsPane.-comparing #runs-differences { display: block; }
    Screen.-flat RunsPane.-comparing #runs-curves { display: none; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._compared = 0
        self._came_from = ""
        """The run that the cursor stood on before the filter."""
        self._curves = CurvesView()

    def compose(self) -> ComposeResult:
        """The list and one run; or several, side by side."""
        self._order = self.remembered_order()
        ascii_only = self.bench.terminal.glyphs == "ascii"
        yield RunsListPanel(ascii_only, self.under_cursor)
        yield RunsPreviewPanel(self.bench.terminal)
        yield RunsCurvesPanel(self.bench.terminal)
        yield RunsDifferencesPanel(ascii_only)

    def on_mount(self) -> None:
        """Signs have colours, and those are the theme's."""
        self.watch(self.app, "theme", self._recolour, init=False)

    def _recolour(self) -> None:
        self.query_one(RunsTable).redraw()
        panel = self.query_one(RunsDifferencesPanel)
        if panel.compared is not None:
            panel.show_compared(panel.compared)

    @property
    def place(self) -> str:
        """Among the runs, in the filter, or side by side."""
        if self.has_class("-comparing"):
            return "compared"
        return "filter" if isinstance(self.app.focused, FilterInput) else "list"

    def arrive(self) -> None:
        """Reads all runs, now and every few seconds."""
        self.begin_reading()
        self.call_after_refresh(self._focus_something)

    def _focus_something(self) -> None:
        focused = self.app.focused
        # Textual gives the focus to the first that can have it, also while it is hidden; what has
        # just been opened has no size yet.
        if focused is None or self not in focused.ancestors or not focused.display:
            self.screen.set_focus(self._table())  # at once: a field that the next key opens keeps it

    def _table(self) -> DataTable[Any]:
        comparing = self.has_class("-comparing")
        return self.query_one("#runs-differences-table" if comparing else "RunsTable", DataTable)

    def action_mark(self) -> None:
        """Marks a run or takes its mark away, and goes to the next."""
        one = self.under_cursor()
        if one is not None:
            self._marked ^= {one.name}
            self.show_runs()
            self.query_one(RunsTable).action_cursor_down()

    def action_down(self) -> None:
        """The next run."""
        self._table().action_cursor_down()

    def action_up(self) -> None:
        """The run before."""
        self._table().action_cursor_up()

    def action_sort(self, by: int) -> None:
        """Orders by the column after or before, of those that are in sight."""
        names, now = self.query_one(RunsTable).in_sight, self._order[0]
        place = names.index(now) + by if now in names else min(by, 0)
        self._order_by(names[place % len(names)], False)

    def action_reverse(self) -> None:
        """Turns the order round."""
        self._order_by(self._order[0], not self._order[1])

    def _order_by(self, name: str, inverted: bool) -> None:
        self._order = (name, inverted)
        layout = {**self.bench.state.layout, "runs": {"order": name, "inverted": inverted}}
        self.bench.remember(layout=layout)
        self.show_runs()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a column orders by it, another turns the order round."""
        name = str(event.column_key.value)
        if name in COLUMNS and isinstance(event.data_table, RunsTable):
            self._order_by(name, name == self._order[0] and not self._order[1])

    async def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A click on the run under the cursor opens it."""
        if isinstance(event.data_table, RunsTable):
            await self.action_open()

    # -- the filter --------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Opens the line for the words."""
        panel = self.query_one(RunsListPanel)
        panel.add_class("-filtering")
        self._came_from = self.query_one(RunsTable).current
        style_now(panel)
        self.screen.set_focus(self.query_one(FilterInput))

    def on_input_changed(self, event: Input.Changed) -> None:
        """The table follows what is typed."""
        event.stop()
        self._query = event.value
        self.show_runs()
        if not event.value:  # the run that the cursor stood on is there again
            self.query_one(RunsTable).go_to(self._came_from)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the table; the words stay."""
        event.stop()
        self.query_one(RunsListPanel).set_class(bool(self._query), "-filtering")
        self.query_one(RunsTable).focus()

    def back(self) -> bool:
        """Out of the comparison, the filter, the marks: the first of them that is on."""
        if self.has_class("-comparing"):
            self._compare_no_more()
        elif self._query or self.query_one(FilterInput).has_focus:
            self.query_one(FilterInput).value = ""
            self.query_one(RunsListPanel).remove_class("-filtering")
            self.query_one(RunsTable).focus()
        else:
            self._marked = frozenset()
            self.show_runs()
            self.query_one(RunsTable).focus()
        return True

    # -- side by side ------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """The marked runs side by side; again, and the table is back."""
        if self.has_class("-comparing"):
            self._compare_no_more()
            return
        names = self.marked
        if len(names) < 2:
            self.notify("Mark two runs or more with space, then c compares them.")
            return
        self._compared += 1
        work = partial(self._compare, names, self._compared)
        self.in_thread(work, "compare")

    def _compare(self, names: list[str], generation: int) -> None:
        worker = get_current_worker()
        runs = [find_run(self.bench.home, name) for name in names]
        found = read_compared(runs, lambda: worker.is_cancelled)
        self.post_message(ComparedRuns(found, generation))

    def on_compared_runs(self, message: ComparedRuns) -> None:
        """Shows the comparison in the place of the table."""
        if message.compared is None or message.generation != self._compared:
            return
        self.add_class("-comparing")
        self.query_one(RunsDifferencesPanel).show_compared(message.compared)
        self._look(self._curves)
        self._table().focus()
        self.refresh_bindings()

    def _compare_no_more(self) -> None:
        self.remove_class("-comparing")
        self.query_one(RunsTable).focus()
        self.refresh_bindings()

    def action_axis(self) -> None:
        """Steps, tokens, time."""
        self._look(self._curves.further())

    def action_unit(self) -> None:
        """Bits per byte or nats per token."""
        self._look(self._curves.turned())

    def _look(self, view: CurvesView) -> None:
        compared = self.query_one(RunsDifferencesPanel).compared
        self._curves = view
        if compared is not None:
            self.query_one(RunsCurvesPanel).show_compared(compared, view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only keys that do something one can see act, and stand in the footer and the palette."""
        if self.has_class("-comparing"):
            return action not in _LIST
        if action in _CURVES:
            return False
        if action in ("filter", "sort", "reverse"):
            return bool(self._runs) or not self._heard  # nothing is known yet: a quick hand is right
        if action == "compare":
            return len(self._marked) > 1
        one = self.under_cursor()
        if action not in _LIST:
            return True
        if one is None or (action in _AT_REST and one.alive):
            return False
        return one.state != "broken" or action not in _WHOLE

    def why_not(self, action: str) -> str:
        """What stands against it of the run under the cursor, or of those that are marked."""
        one = self.under_cursor()
        if action == "compare":
            return "fewer than two runs are marked"
        if one is None:
            return "there is no run"
        return (
            "it is in training" if one.alive else "this run cannot be read" if one.state == "broken" else ""
        )

    def palette(self) -> list[tuple[str, str, str]]:
        """What can be done with the run under the cursor now, or with those side by side."""
        keys = [key for key in KEYS if key.action not in ("down", "up")]
        return [(key.label, key.help, key.action) for key in self.keys_that_act(keys)]
