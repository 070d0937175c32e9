"""Cells of a drawing as Rich's text, which the command line prints and widgets show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.style import Style
from rich.text import Text

from gptlab_tui.render.heat import Cell, runs


@lru_cache(maxsize=4096)
def style_of(foreground: str, background: str) -> Style:
    """A style for the colours of a cell."""
    return Style(color=foreground or None, bgcolor=background or None)


def text_of(row: Sequence[Cell]) -> Text:
    """A line of cells, which is not to be folded."""
    line = Text(no_wrap=True)
    for run in runs(row):
        line.append(run.glyph, style_of(run.foreground, run.background))
    return line
