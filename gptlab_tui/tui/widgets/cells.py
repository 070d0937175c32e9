"""Cells of a drawing as Textual's strips."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from gptlab_tui.render.heat import Cell, runs


@lru_cache(maxsize=4096)
def style_of(foreground: str, background: str) -> Style:
    """A style of Rich's for the colours of a cell."""
    return Style(color=foreground or None, bgcolor=background or None)


def strip_of(row: Sequence[Cell], base: Style, width: int) -> Strip:
    """A line of cells on a widget's own colours, in exactly `width` columns."""
    segments = [Segment(run.glyph, base + style_of(run.foreground, run.background)) for run in runs(row)]
    return Strip(segments).adjust_cell_length(width, base)


def text_of(row: Sequence[Cell]) -> Text:
    """A line of cells as text for a Static."""
    line = Text(no_wrap=True)
    for run in runs(row):
        line.append(run.glyph, style_of(run.foreground, run.background))
    return line
