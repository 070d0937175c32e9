"""Any drawing of cells as a picture of its own: SVG without scripts, fonts or files from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from gptlab_tui.render.bars import EIGHTHS
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import broken
from gptlab_tui.render.heat import Cell, plain
from gptlab_tui.render.places import Mark

_WIDTH, _HEIGHT, _MARGIN = 8, 18, 12
#: Columns that a line of caption may have at least.
COLUMNS = 80


def cells_svg(
    rows: Sequence[Sequence[Cell]], caption: Sequence[str] = (), *, marks: Sequence[Mark] = ()
) -> str:
    """The drawing with its colours, and lines of caption below it; marks stand over its lines.

    A line of caption is broken where it is longer than the drawing and than 80 columns.
    """
    room = max([COLUMNS, *map(len, rows)])
    told = [plain(part) for line in caption for part in broken(display(line), room)]
    lines = [*rows, [], *told]
    width = _WIDTH * max((len(line) for line in lines), default=0) + 2 * _MARGIN
    height = _HEIGHT * len(lines) + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="monospace" font-size="13" xml:space="preserve">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, line in enumerate(lines):
        parts += _line(line, _MARGIN + number * _HEIGHT)
    for mark in marks:
        x, y = _MARGIN + mark.column * _WIDTH, _MARGIN + mark.line * _HEIGHT
        parts.append(f'<path d="M{x:.2f} {y}v{_HEIGHT}" stroke="{mark.colour}" stroke-width="1.5"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(line: Sequence[Cell], top: int) -> list[str]:
    """Neighbours of one colour together; every cell is a column wide."""
    parts, x = [], _MARGIN
    for (foreground, background), cells in groupby(line, key=lambda cell: cell[1:]):
        glyphs = [cell.glyph for cell in cells]
        width = _WIDTH * len(glyphs)
        colour = foreground or "#000000"
        if background:
            parts.append(_rectangle(x, top, width, background))
        text = "".join(glyphs).rstrip()
        if (
            text and set(text[:-1]) <= {"█"} and text[-1] in EIGHTHS
        ):  # a bar, whose length must not be up to a font
            parts.append(_rectangle(x, top, _WIDTH * (len(text) - 1 + EIGHTHS[text[-1]] / 8), colour))
        elif text:
            parts.append(f'<text x="{x}" y="{top + 14}" fill="{colour}">{escape(display(text))}</text>')
        x += width
    return parts


def _rectangle(x: int, top: int, width: float, colour: str) -> str:
    return f'<rect x="{x}" y="{top}" width="{width:g}" height="{_HEIGHT}" fill="{colour}"/>'
