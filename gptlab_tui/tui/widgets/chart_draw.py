"""Draws a chart: the curves come from plotext, what stands around and upon them is ours.

We know which cell is which value: the cursor, the marks and two scales need that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gptlab_tui.tui.terminal import Glyphs
from gptlab_tui.tui.widgets.chart_curves import Sketch, column_of, row_of, sketch
from gptlab_tui.tui.widgets.chart_legend import SIGNS, Paint, footnote, heading
from gptlab_tui.tui.widgets.chart_spec import (
    Axis,
    Chart,
    ticks,
    visible,
    x_axis,
    y_axis,
)

_LEAST_WIDTH, _LEAST_HEIGHT = 8, 3
#: For each so many lines there is one for what the marks mean.
_TOLD_HEIGHT = 9
#: Rows from which on letters of one place stand below each other; else the last is seen.
_STACKED = 8
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
    sketch: Sketch | None = None

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
    cells: list[list[tuple[str, Paint]]]

    def put(self, column: int, row: int, text: str, paint: Paint, *, over: bool = True) -> None:
        """Writes into a row; without `over`, only where nothing stands."""
        for at, character in enumerate(text, column):
            inside = 0 <= at < self.width and 0 <= row < self.height
            if inside and (over or self.cells[row][at][0] in " \u2800"):
                self.cells[row][at] = (character, paint)


def draw(
    chart: Chart,
    width: int,
    height: int,
    glyphs: Glyphs,
    *,
    colour: bool = True,
    before: Drawing | None = None,
) -> Drawing:
    """The chart in `height` lines of `width` cells; without colour, curves differ by their signs alone.

    Too small a room, or no point, gives empty lines. Curves that stand in the drawing `before` as they
    are now are not drawn again.
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
    sketched = sketch(
        chart, xs, ys, columns, rows, glyphs, colour=colour, before=before.sketch if before else None
    )
    canvas = _Canvas(columns, rows, [list(row) for row in sketched.cells])
    _overlay(canvas, chart, xs, ys, glyphs)

    axis_line = _LINES.get(glyphs, _LINES_ELSE)
    left = {row_of(ys.place(value), rows): label for value, label in marked} if left_width else {}
    places = _times(ys, chart.right_factor)
    rights = {row_of(places.place(value), rows): label for value, label in right}
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
    return Drawing(lines, left_width, 1, columns, rows, xs, ys, sketched)


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


def _overlay(canvas: _Canvas, chart: Chart, xs: Axis, ys: Axis, glyphs: Glyphs) -> None:
    """Levels, marks, single points and the cursor, on what plotext has drawn."""
    lines = _LINES.get(glyphs, _LINES_ELSE)
    for level in chart.levels:
        if 0 <= ys.place(level.y) <= 1:
            row = row_of(ys.place(level.y), canvas.height)
            canvas.put(0, row, lines[2] * canvas.width, "level", over=False)
            label = f" {level.name} {level.y:.3f} "
            canvas.put(canvas.width - len(label) - 1, row, label, "level")
    lettered: Counter[int] = Counter()
    for mark in chart.marks:
        if 0 <= xs.place(mark.x) <= 1:
            column = column_of(xs.place(mark.x), canvas.width)
            for row in range(lettered[column] + 1, canvas.height):
                canvas.put(column, row, lines[1], "muted", over=False)
            canvas.put(column, lettered[column], mark.letter[:1], "warning")
            lettered[column] += canvas.height >= _STACKED
    for curve in chart.curves:
        if not curve.ends:
            continue
        seen = zip(*visible(curve.xs, curve.ys, xs, log_y=chart.log_y), strict=True)
        for x, y in [(x, y) for x, y in seen if 0 <= ys.place(y) <= 1][-1:]:
            column = column_of(xs.place(x), canvas.width)
            canvas.put(column, row_of(ys.place(y), canvas.height), curve.letter, curve.colour)
    _put_spots(canvas, chart, xs, ys, SIGNS[glyphs]["spot"])
    if chart.cursor is not None and 0 <= xs.place(chart.cursor) <= 1:
        column = column_of(xs.place(chart.cursor), canvas.width)
        for row in range(canvas.height):
            canvas.put(column, row, lines[3], "cursor", over=False)


def _put_spots(canvas: _Canvas, chart: Chart, xs: Axis, ys: Axis, sign: str) -> None:
    """Single points; those of one place stand beside each other in their order, also at the edge."""
    places: dict[tuple[int, int], list[str]] = {}
    for spot in chart.spots:
        if 0 <= xs.place(spot.x) <= 1 and 0 <= ys.place(spot.y) <= 1:
            column, row = column_of(xs.place(spot.x), canvas.width), row_of(ys.place(spot.y), canvas.height)
            places.setdefault((column, row), []).append(spot.letter or sign)
    taken: set[tuple[int, int]] = set()
    for (column, row), signs in places.items():
        starts = range(max(1, canvas.width - len(signs) + 1))
        near = sorted(starts, key=lambda start: (abs(start - column), start < column))
        cells = [[(start + at, row) for at in range(len(signs))] for start in near]
        chosen = next((some for some in cells if taken.isdisjoint(some)), cells[0])
        taken.update(chosen)
        for (at, _), text in zip(chosen, signs, strict=True):
            canvas.put(at, row, text, "accent")


def _merged(cells: Sequence[tuple[str, Paint]]) -> list[tuple[str, Paint]]:
    """Neighbours of the same paint in one piece."""
    return [
        ("".join(character for character, _ in group), paint)
        for paint, group in groupby(cells, key=lambda cell: cell[1])
    ]
