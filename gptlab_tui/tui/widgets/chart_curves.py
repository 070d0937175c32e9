"""The curves of a chart: the bare area between the axes, drawn by plotext.

plotext gets nothing else, so we know which cell is which value. It is imported with the first drawing,
since it takes its time, and its one figure is cleared before each.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gptlab_tui.tui.terminal import Glyphs
from gptlab_tui.tui.widgets.chart_legend import LETTERS, SIGNS, Paint, paint_of
from gptlab_tui.tui.widgets.chart_spec import Axis, Chart, envelope, visible

_ANSI = re.compile("\x1b\\[([0-9;]*)m")
_FIRST_CODE = 16  # plotext gives the colours below another meaning
_LOCK = threading.Lock()
#: So many cells lie between the signs of points where they are dense.
_SIGN_EVERY = 4
#: With these plotext draws several dots in a cell.
_FINE = ("braille", "hd", "fhd")


def row_of(place: float, rows: int) -> int:
    """The row, from the top, of a place 0 … 1."""
    return rows - 1 - min(rows - 1, max(0, math.floor(place * rows)))


def column_of(place: float, columns: int) -> int:
    """The column, from the left, of a place 0 … 1."""
    return min(columns - 1, max(0, math.floor(place * columns)))


@dataclass(frozen=True, slots=True)
class Sketch:
    """The curves alone, cell by cell, and what they are the picture of."""

    of: tuple[object, ...]
    cells: list[list[tuple[str, Paint]]]


def sketch(
    chart: Chart,
    xs: Axis,
    ys: Axis,
    columns: int,
    rows: int,
    glyphs: Glyphs,
    *,
    colour: bool,
    before: Sketch | None,
) -> Sketch:
    """The curves, drawn by plotext, unless the sketch `before` is of the same: a cursor only goes over it."""
    of = (chart.curves, chart.log_y, xs, ys, columns, rows, glyphs, colour)
    if before is not None and before.of == of:
        return before
    import plotext

    size = (columns, rows)
    with _LOCK:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plot_size(columns, rows)
        for hide in (plotext.xaxes, plotext.yaxes):
            hide(False, False)
        for bare in (plotext.xticks, plotext.yticks):
            bare([], [])
        for plain in (plotext.canvas_color, plotext.axes_color):
            plain("default")
        plotext.xlim(0.0, 1.0)
        plotext.ylim(0.0, 1.0)
        for number, curve in enumerate(chart.curves):
            seen = visible(curve.xs, curve.ys, xs, log_y=chart.log_y, joined=curve.is_joined)
            points = envelope(*seen, 2 * columns)
            paint, letter = int(paint_of(curve)), curve.letter or LETTERS[number % len(LETTERS)]
            sign = SIGNS[glyphs][curve.kind]
            if curve.kind == "points":
                if curve.is_joined:
                    line = SIGNS[glyphs]["line"] or "-"
                    _plot(plotext, points, line, paint, xs, ys, size, joined=True)
                points = _apart(*visible(curve.xs, curve.ys, xs, joined=False), xs, columns)
            elif curve.kind == "cloud" and not colour:
                sign = "." if glyphs == "ascii" else "·"
            joined = curve.kind == "line" or sign == "braille"
            _plot(plotext, points, sign or letter, paint, xs, ys, size, joined=joined)
        built: str = plotext.build()
    return Sketch(of, _cells(built, columns, rows))


def _apart(
    xs: Sequence[float], ys: Sequence[float], axis: Axis, columns: int
) -> tuple[list[float], list[float]]:
    """The points that get a sign: each where they are few, else some, so that one can tell them apart."""
    if len(xs) <= columns // _SIGN_EVERY:
        return list(xs), list(ys)
    kept: list[int] = []
    last = -math.inf
    for at, x in enumerate(xs):
        column = axis.place(x) * columns
        if column >= last + _SIGN_EVERY:
            kept.append(at)
            last = column
    return [xs[at] for at in kept], [ys[at] for at in kept]


def _plot(
    plotext: Any,
    points: tuple[list[float], list[float]],
    marker: str,
    paint: int,
    xs: Axis,
    ys: Axis,
    size: tuple[int, int],
    *,
    joined: bool,
) -> None:
    """Hands a curve over, in pieces where a value is missing.

    Nothing lies beyond the edges, since plotext would walk every cell on the way there. A sign that fills
    its cell is put into the middle of the one that we call its own; plotext would round otherwise.
    """
    columns, rows = size
    pieces: list[tuple[list[float], list[float]]] = [([], [])]
    for x, y in zip(*points, strict=True):
        if not math.isfinite(y) or not math.isfinite(xs.place(x)):
            pieces.append(([], []))
            continue
        across, up = (min(1.0, max(0.0, place)) for place in (xs.place(x), ys.place(y)))
        if marker not in _FINE:
            across = column_of(across, columns) / max(1, columns - 1)
            up = 1 - row_of(up, rows) / max(1, rows - 1)
        pieces[-1][0].append(across)
        pieces[-1][1].append(up)
    show = plotext.plot if joined else plotext.scatter
    for piece in pieces:
        if piece[0]:
            show(piece[0], piece[1], marker=marker, color=_FIRST_CODE + paint)


def _cells(built: str, columns: int, rows: int) -> list[list[tuple[str, Paint]]]:
    """plotext's coloured lines as cells."""
    cells: list[list[tuple[str, Paint]]] = []
    for line in built.split("\n")[:rows]:
        row: list[tuple[str, Paint]] = []
        paint: Paint = "plain"
        for number, part in enumerate(_ANSI.split(line)):
            if number % 2:
                code = part.removeprefix("38;5;")
                paint = int(code) - _FIRST_CODE if part.startswith("38;5;") and code.isdigit() else "plain"
            else:
                row += [(character, paint) for character in part]
        cells.append((row + [(" ", "plain")] * columns)[:columns])
    return cells + [[(" ", "plain")] * columns for _ in range(rows - len(cells))]
