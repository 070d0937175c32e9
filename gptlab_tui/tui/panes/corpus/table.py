"""A table whose cursor goes up and down alone; left and right are left to whoever is around it."""

from __future__ import annotations

from rich.text import Text
from textual.binding import Binding
from textual.widgets import DataTable

_MOVES = ("up", "down", "pageup", "pagedown")


class CorpusTable(DataTable[Text], inherit_bindings=False):
    """A table whose cursor goes up and down; left and right are the pane's."""

    BINDINGS = [
        *(
            binding
            for binding in DataTable.BINDINGS
            if isinstance(binding, Binding) and binding.key in (*_MOVES, "enter")
        ),
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]
    DEFAULT_CSS = """
    CorpusTable { height: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    CorpusTable:focus { background-tint: $foreground 0%; }
    """
