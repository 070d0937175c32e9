"""A table of runs whose cursor stays on its run whatever is ordered, filtered or read anew."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit, shorten
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panes.runs.rows import COLUMNS, Layout, fitting, laid_over, says
from gptlab_tui.tui.run_states import sign_of

_KEPT = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end")


class RunsTable(DataTable[Text], inherit_bindings=False):
    """See the module. Enter is the pane's, so that the footer tells of it and a keymap can move it."""

    BINDINGS = [
        binding
        for binding in DataTable.BINDINGS
        if isinstance(binding, Binding) and binding.key in (*_KEPT, "ctrl+home", "ctrl+end")
    ]
    DEFAULT_CSS = """
    RunsTable { height: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    RunsTable:focus { background-tint: $foreground 0%; }
    """

    class Moved(Message):
        """The cursor stands on another run."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, ascii_only: bool) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, cell_padding=0)
        self._ascii = ascii_only
        self._runs: list[RunSummary] = []
        self._all: Sequence[RunSummary] = ()
        self._layout = Layout(())
        self._marked: frozenset[str] = frozenset()
        self._order: tuple[str, bool] = ("age", False)
        self._shown: list[tuple[str, list[Text]]] = []
        self._heads_now: list[Text] = []
        self._told = ""

    @property
    def current(self) -> str:
        """The run under the cursor; "" where there is none."""
        return self._shown[self.cursor_row][0] if 0 <= self.cursor_row < len(self._shown) else ""

    @property
    def in_sight(self) -> list[str]:
        """The names of the columns that there is room for; all before the table has its place."""
        return self._layout.names or list(COLUMNS)

    def show_runs(
        self,
        runs: Sequence[RunSummary],
        marked: frozenset[str],
        order: tuple[str, bool],
        among: Sequence[RunSummary],
    ) -> None:
        """Shows these runs in this order; what has not changed is not drawn again.

        Columns are as wide as all runs want them, of which these are some: a filter moves none.
        """
        self._runs, self._marked, self._order, self._all = list(runs), marked, order, among
        self._draw()

    def action_scroll_home(self) -> None:
        """The first run; there is no first column to go to."""
        self.action_scroll_top()

    def action_scroll_end(self) -> None:
        """The last run."""
        self.action_scroll_bottom()

    def go_to(self, name: str) -> None:
        """Puts the cursor on a run, if it is there."""
        for place, (one, _) in enumerate(self._shown):
            if one == name:
                self.move_cursor(row=place)
                return

    def on_resize(self) -> None:
        """Another width has room for other columns."""
        self._draw()

    def redraw(self) -> None:
        """Draws all anew, in the colours of the theme that is on now."""
        self._heads_now = []
        self._draw()

    def _draw(self) -> None:
        if not self.size.width:
            return
        self._layout = fitting(self.size.width, self._all)
        now = time.time()
        rows = [(one.name, self._cells(one, now)) for one in self._runs]
        heads = self._heads()
        if heads != self._heads_now:
            self._rebuild(heads, rows)
            self._heads_now = heads
        elif [name for name, _ in rows] != [name for name, _ in self._shown]:
            self._rebuild(None, rows)
        else:
            self._update(rows)
        self._shown = rows
        self._tell()

    def _heads(self) -> list[Text]:
        """The titles, with the sign of the order; where its column is out of sight, the first names it."""
        by, inverted = self._order
        down = COLUMNS[by].largest_first != inverted
        sign = ("v" if down else "^") if self._ascii else ("▼" if down else "▲")
        heads = []
        for column, width in self._layout.columns:
            text = f"{column.name}{sign if column.name == by else ''}"
            if column.name == "run" and by not in self._layout.names:
                text = f"run, by {by}{sign}"
            heads.append(self._cell(text.rjust(width) if column.right else text.ljust(width)))
        return heads

    def _cell(self, text: str, style: str = "") -> Text:
        """A text that fills its column, and the gap after it."""
        return Text(text + " " * self._layout.gap, style, no_wrap=True)

    def _rebuild(self, heads: list[Text] | None, rows: list[tuple[str, list[Text]]]) -> None:
        at = self.current
        place = self.cursor_row
        top = self.scroll_y
        self.clear(columns=heads is not None)
        if heads is not None:
            self.add_column(" ", width=1 + self._layout.gap, key="mark")
            for head, (column, width) in zip(heads, self._layout.columns, strict=True):
                self.add_column(head, width=width + self._layout.gap, key=column.name)
        for name, cells in rows:
            self.add_row(*cells, key=name)
        names = [name for name, _ in rows]
        if names:
            self.move_cursor(row=names.index(at) if at in names else min(place, len(names) - 1))
            self.scroll_to(y=top, animate=False)

    def _update(self, rows: list[tuple[str, list[Text]]]) -> None:
        keys = ["mark", *self._layout.names]
        for (name, cells), (_, before) in zip(rows, self._shown, strict=True):
            for key, cell, old in zip(keys, cells, before, strict=True):
                if cell != old or cell.style != old.style:
                    self.update_cell(name, key, cell)

    def _cells(self, one: RunSummary, now: float) -> list[Text]:
        variables = self.app.theme_variables
        marked = one.name in self._marked
        cells = [self._cell("*" if marked and self._ascii else "●" if marked else " ", variables["accent"])]
        sign = sign_of(one.state)
        for column, width in self._layout.columns:
            if not says(column, one):  # its reason stands there
                continue
            if column.name == "state":
                state = f"{sign.mark(self._ascii)} {sign.word}"
                style = variables[sign.colour]
                if one.state == "broken":
                    cells += self._reason(one, state, style)
                else:
                    cells.append(self._cell(fit(state, width), style))
                continue
            text = shorten(column.show(one, now), width)
            cells.append(self._cell(text.rjust(width) if column.right else fit(text, width)))
        return cells

    def _reason(self, one: RunSummary, state: str, style: str) -> list[Text]:
        """Why a run is broken, over all columns that say nothing of it."""
        start = self._layout.names.index("state")
        stop = start + 1
        while stop < len(self._layout.columns) and not says(self._layout.columns[stop][0], one):
            stop += 1
        words = laid_over(f"{state}: {display(one.reason)}", self._layout, start, stop)
        return [Text(word, style, no_wrap=True) for word in words]

    def _tell(self) -> None:
        if self.current != self._told:
            self._told = self.current
            self.post_message(self.Moved(self._told))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Says on which run the cursor stands."""
        event.stop()
        self._tell()
