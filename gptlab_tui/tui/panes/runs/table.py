"""A table of runs whose cursor stays on its run whatever is ordered, filtered or read anew."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from gptlab_tui.render.fitting import shorten
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panes.runs.rows import COLUMNS, Column, fitting, name_of
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
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._ascii = ascii_only
        self._runs: list[RunSummary] = []
        self._marked: frozenset[str] = frozenset()
        self._order: tuple[str, bool] = ("age", False)
        self._shown: list[tuple[str, list[Text]]] = []
        self._columns_now: list[tuple[str, int]] = []
        self._told = ""

    @property
    def current(self) -> str:
        """The run under the cursor; "" where there is none."""
        return self._shown[self.cursor_row][0] if 0 <= self.cursor_row < len(self._shown) else ""

    def show_runs(self, runs: Sequence[RunSummary], marked: frozenset[str], order: tuple[str, bool]) -> None:
        """Shows these runs in this order; what has not changed is not drawn again."""
        self._runs, self._marked, self._order = list(runs), marked, order
        self._draw()

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
        self._columns_now = []
        self._draw()

    def _draw(self) -> None:
        if not self.size.width:
            return
        columns = fitting(self.size.width, max((len(name_of(one)) for one in self._runs), default=0))
        now = time.time()
        rows = [(one.name, self._cells(one, columns, now)) for one in self._runs]
        heads = self._heads(columns)
        layout = [(head.plain, width) for head, (_, width) in zip(heads, columns, strict=True)]
        if layout != self._columns_now:
            self._rebuild(heads, columns, rows)
            self._columns_now = layout
        elif [name for name, _ in rows] != [name for name, _ in self._shown]:
            self._rebuild(None, columns, rows)
        else:
            self._update(rows)
        self._shown = rows
        self._tell()

    def _heads(self, columns: list[tuple[Column, int]]) -> list[Text]:
        by, inverted = self._order
        heads = []
        for column, width in columns:
            mark = ""
            if column.name == by:
                down = column.largest_first != inverted
                mark = ("v" if down else "^") if self._ascii else ("▼" if down else "▲")
            text = f"{column.name}{mark}"
            heads.append(Text(text.rjust(width) if column.right else text, no_wrap=True))
        return heads

    def _rebuild(
        self,
        heads: list[Text] | None,
        columns: list[tuple[Column, int]],
        rows: list[tuple[str, list[Text]]],
    ) -> None:
        at = self.current
        place = self.cursor_row
        top = self.scroll_y
        self.clear(columns=heads is not None)
        if heads is not None:
            self.add_column(" ", width=1, key="mark")
            for head, (column, width) in zip(heads, columns, strict=True):
                self.add_column(head, width=width, key=column.name)
        for name, cells in rows:
            self.add_row(*cells, key=name)
        names = [name for name, _ in rows]
        if names:
            self.move_cursor(row=names.index(at) if at in names else min(place, len(names) - 1))
            self.scroll_to(y=top, animate=False)

    def _update(self, rows: list[tuple[str, list[Text]]]) -> None:
        keys = ["mark", *(name for name in COLUMNS if name in self.columns)]
        for (name, cells), (_, before) in zip(rows, self._shown, strict=True):
            for key, cell, old in zip(keys, cells, before, strict=True):
                if cell != old or cell.style != old.style:
                    self.update_cell(name, key, cell)

    def _cells(self, one: RunSummary, columns: list[tuple[Column, int]], now: float) -> list[Text]:
        variables = self.app.theme_variables
        marked = one.name in self._marked
        cells = [Text("*" if marked and self._ascii else "●" if marked else " ", variables["accent"])]
        for column, width in columns:
            if column.name == "state":
                sign = sign_of(one.state)
                state = f"{sign.mark(self._ascii)} {sign.word}"
                cells.append(Text(state[:width], variables[sign.colour], no_wrap=True))
                continue
            text = column.show(one, now)
            broken = one.state == "broken" and column.name == "run"
            text = f"{text[: width - 1]}…" if broken and len(text) > width else shorten(text, width)
            cells.append(Text(text.rjust(width) if column.right else text, no_wrap=True))
        return cells

    def _tell(self) -> None:
        if self.current != self._told:
            self._told = self.current
            self.post_message(self.Moved(self._told))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Says on which run the cursor stands."""
        event.stop()
        self._tell()
