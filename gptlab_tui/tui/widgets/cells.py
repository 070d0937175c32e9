"""Cells of a drawing as Textual's strips."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gptlab_tui.render.cells_text import style_of
from gptlab_tui.render.heat import Cell, runs


def strip_of(row: Sequence[Cell], base: Style, width: int) -> Strip:
    """A line of cells on a widget's own colours, in exactly `width` columns."""
    segments = [Segment(run.glyph, base + style_of(run.foreground, run.background)) for run in runs(row)]
    return Strip(segments).adjust_cell_length(width, base)
