"""Draws a chart: plotext draws the curves, what stands around and upon them is ours.

plotext gets the bare area of the curves and nothing else, so we know which cell is which value: the
cursor, the marks and two scales need that. It is imported with the first drawing, since it takes its
time, and its one figure is cleared each time.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from gptlab_tui.tui.terminal import Glyphs
from gptlab_tui.tui.widgets.chart_legend import LETTERS, SIGNS, Paint, footnote, heading, paint_of
from gptlab_tui.tui.widgets.chart_spec import (
    Axis,
    Chart,
    envelope,
    ticks,
    visible,
    x_axis,
    y_axis,
)

_ANSI = re.compile("\x1b\\[([0-9;]*)m")
_FIRST_CODE = 16  # plotext gives the colours below another meaning
_LOCK = threading.Lock()
_LEAST_WIDTH, _LEAST_HEIGHT = 8, 3
#: For each so many lines there is one for what the marks mean.
_TOLD_HEIGHT = 9
#: Rows from which on letters of one place stand below each other; else the last is seen.
_STACKED = 8
#: So many cells lie between the signs of points where they are dense.
_SIGN_EVERY = 4
#: With these plotext draws several dots in a cell.
_FINE = ("braille", "hd", "fhd")

_LINES = {"ascii": "|:-|+-"}  # axis, mark, level, cursor, corner, floor
_LINES_ELSE = "│┊╌│└─"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as lines of painted text, and where its curves lie in them."""

    lines: list[list[tuple[str, Paint]]]
    left: int = 0
    """Column and row of the first cell of the curves, and how many cells they have."""
    top: int = 0
    width: int = 0
    height: int = 0
    xs: Axis | None = None
    ys: Axis | None = None

    def x_at(self, column: int) -> float | None:
        """The x of a column of the drawing; None beside the curves."""
        if self.xs is None or not 0 <= column - self.left < self.width:
            return None
        return self.xs.value((column - self.left + 0.5) / self.width)


@dataclass(slots=True)
class _Canvas:
    """The cells of the curves."""

    width: int
    height: int
    cells: list[list[tuple[str, Paint]]] = field(default_factory=list)

    def put(self, column: int, row: int, text: str, paint: Paint, *, over: bool = True) -> None:
        """Writes into a row; without `over`, only where nothing stands."""
        for at, character in enumerate(text, column):
            inside = 0 <= at < self.width and 0 <= row < self.height
            if inside and (over or self.cells[row][at][0] in " \u2800"):
                self.cells[row][at] = (character, paint)


def draw(chart: Chart, width: int, height: int, glyphs: Glyphs, *, colour: bool = True) -> Drawing:
    """The chart in `height` lines of `width` cells; without colour, curves differ by their signs alone.

    Too small a room, or no point, gives empty lines.
    """
    xs = x_axis(chart)
    ys = y_axis(chart, xs) if xs is not None else None
    if xs is None or ys is None or width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return Drawing([[] for _ in range(max(0, height))])
    told = footnote(chart, xs, width, height // _TOLD_HEIGHT)
    rows = height - 1 - 2 * (height >= 6) - len(told)  # the legend, the horizontal axis, the marks
    with_right = bool(chart.right_name) and width >= 50
    marked = ticks(ys, max(2, min(8, rows // 2 + 1)))
    left_width = max((len(label) for _, label in marked), default=0) + 1 if width >= 24 else 0
    right = ticks(_times(ys, chart.right_factor), max(2, min(8, rows // 2 + 1))) if with_right else []
    right_width = max((len(label) for _, label in right), default=0) + 1 if right else 0
    columns = max(1, width - left_width - right_width)
    canvas = _canvas(chart, xs, ys, columns, rows, glyphs, colour)
    _overlay(canvas, chart, xs, ys, glyphs)

    axis_line = _LINES.get(glyphs, _LINES_ELSE)
    left = {_row(ys.place(value), rows): label for value, label in marked} if left_width else {}
    places = _times(ys, chart.right_factor)
    rights = {_row(places.place(value), rows): label for value, label in right}
    lines = [heading(chart, glyphs, width, left_width)]
    for row in range(rows):
        line: list[tuple[str, Paint]] = []
        if left_width:
            line.append((left.get(row, "").rjust(left_width - 1) + axis_line[0], "muted"))
        line += _merged(canvas.cells[row])
        if right_width:
            line.append((axis_line[0] + rights.get(row, "").ljust(right_width - 1), "muted"))
        lines.append(line)
    if height >= 6:
        lines += _floor(chart, xs, columns, left_width, right_width, glyphs)
    for line in told:
        lines.append([*line, (" " * (width - sum(len(text) for text, _ in line)), "plain")])
    return Drawing(lines, left_width, 1, columns, rows, xs, ys)


def _times(scale: Axis, factor: float) -> Axis:
    return Axis(scale.low * factor, scale.high * factor, scale.log)


def _floor(
    chart: Chart, xs: Axis, columns: int, left: int, right: int, glyphs: Glyphs
) -> list[list[tuple[str, Paint]]]:
    """The horizontal axis and its numbers; the name of the axis at its end where it fits."""
    lines = _LINES.get(glyphs, _LINES_ELSE)
    labels = [" "] * columns
    name = f" {chart.x_name}"
    room = columns - len(name)
    most = max(2, columns // 14)
    for value, padded in ticks(xs, most):
        label = padded.strip()
        start = min(max(0, round(xs.place(value) * (columns - 1)) - len(label) // 2), room - len(label))
        if start >= 0 and all(cell == " " for cell in labels[max(0, start - 1) : start + len(label) + 1]):
            labels[start : start + len(label)] = label
    if room > 0:
        labels[room:] = name
    edge = (" " * (left - 1) + lines[4]) if left else ""
    return [
        [(edge + lines[5] * columns, "muted"), (" " * right, "plain")],
        [(" " * left + "".join(labels) + " " * right, "muted")],
    ]


def _row(place: float, rows: int) -> int:
    """The row, from the top, of a place 0 … 1."""
    return rows - 1 - min(rows - 1, max(0, math.floor(place * rows)))


def _column(place: float, columns: int) -> int:
    return min(columns - 1, max(0, math.floor(place * columns)))


def _canvas(
    chart: Chart, xs: Axis, ys: Axis, columns: int, rows: int, glyphs: Glyphs, colour: bool
) -> _Canvas:
    """The curves, drawn by plotext."""
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
        plotext.clear_figure()
    return _Canvas(columns, rows, _cells(built, columns, rows))


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
            across = _column(across, columns) / max(1, columns - 1)
            up = 1 - _row(up, rows) / max(1, rows - 1)
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


def _overlay(canvas: _Canvas, chart: Chart, xs: Axis, ys: Axis, glyphs: Glyphs) -> None:
    """Levels, marks, single points and the cursor, on what plotext has drawn."""
    lines = _LINES.get(glyphs, _LINES_ELSE)
    for level in chart.levels:
        if 0 <= ys.place(level.y) <= 1:
            row = _row(ys.place(level.y), canvas.height)
            canvas.put(0, row, lines[2] * canvas.width, "level", over=False)
            label = f" {level.name} {level.y:.3f} "
            canvas.put(canvas.width - len(label) - 1, row, label, "level")
    lettered: Counter[int] = Counter()
    for mark in chart.marks:
        if 0 <= xs.place(mark.x) <= 1:
            column = _column(xs.place(mark.x), canvas.width)
            for row in range(lettered[column] + 1, canvas.height):
                canvas.put(column, row, lines[1], "muted", over=False)
            canvas.put(column, lettered[column], mark.letter[:1], "warning")
            lettered[column] += canvas.height >= _STACKED
    for curve in chart.curves:
        if not curve.ends:
            continue
        seen = zip(*visible(curve.xs, curve.ys, xs, log_y=chart.log_y), strict=True)
        for x, y in [(x, y) for x, y in seen if 0 <= ys.place(y) <= 1][-1:]:
            column = _column(xs.place(x), canvas.width)
            canvas.put(column, _row(ys.place(y), canvas.height), curve.letter, curve.colour)
    taken: set[tuple[int, int]] = set()
    for spot in chart.spots:
        if 0 <= xs.place(spot.x) <= 1 and 0 <= ys.place(spot.y) <= 1:
            column, row = _column(xs.place(spot.x), canvas.width), _row(ys.place(spot.y), canvas.height)
            free = (column + aside for aside in (0, 1, 2, 3, -1, -2, -3))
            column = next(
                (one for one in free if 0 <= one < canvas.width and (one, row) not in taken), column
            )
            taken.add((column, row))
            canvas.put(column, row, spot.letter or SIGNS[glyphs]["spot"], "accent")
    if chart.cursor is not None and 0 <= xs.place(chart.cursor) <= 1:
        column = _column(xs.place(chart.cursor), canvas.width)
        for row in range(canvas.height):
            canvas.put(column, row, lines[3], "cursor", over=False)


def _merged(cells: Sequence[tuple[str, Paint]]) -> list[tuple[str, Paint]]:
    """Neighbours of the same paint in one piece."""
    return [
        ("".join(character for character, _ in group), paint)
        for paint, group in groupby(cells, key=lambda cell: cell[1])
    ]
