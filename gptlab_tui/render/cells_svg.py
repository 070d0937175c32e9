"""Any drawing of cells as a picture of its own: SVG without scripts, fonts or files from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from gptlab_tui.render.display import display
from gptlab_tui.render.heat import Cell

_WIDTH, _HEIGHT = 8, 18


def cells_svg(rows: Sequence[Sequence[Cell]], caption: Sequence[str] = ()) -> str:
    """The drawing with its colours, and lines of caption below it."""
    lines = [*rows, [], *[[Cell(glyph) for glyph in display(line)] for line in caption]]
    width = _WIDTH * max((len(line) for line in lines), default=0) + 24
    height = _HEIGHT * len(lines) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="monospace" font-size="13" xml:space="preserve">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, line in enumerate(lines):
        parts += _line(line, 12 + number * _HEIGHT)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(line: Sequence[Cell], top: int) -> list[str]:
    """Neighbours of one colour together; every cell is a column wide."""
    parts, x = [], 12
    for (foreground, background), cells in groupby(line, key=lambda cell: cell[1:]):
        glyphs = [cell.glyph for cell in cells]
        width = _WIDTH * len(glyphs)
        if background:
            parts.append(f'<rect x="{x}" y="{top}" width="{width}" height="{_HEIGHT}" fill="{background}"/>')
        if text := "".join(glyphs).rstrip():
            colour, shown = foreground or "#000000", escape(display(text))
            parts.append(f'<text x="{x}" y="{top + 14}" fill="{colour}">{shown}</text>')
        x += width
    return parts
