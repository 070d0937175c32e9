"""A function's curve over a row of upright bars: how many values lie below each place of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gptlab_tui.render.heat import Way
from gptlab_tui.render.skyline import skyline

#: Lines that the bars take at most, and the part of all that they take.
_MOST, _PART = 6, 3


def draw_bend(
    x: Sequence[float], y: Sequence[float], counts: Sequence[int], way: Way, width: int, height: int
) -> list[str]:
    """The curve through (x, y), x ascending, the counts below it, and last the ends of the x axis.

    Where there is a zero its lines are drawn. Less than 4 lines have no room for it.
    """
    if height < 4 or width < 16:
        return []
    bars = max(1, min(_MOST, height // _PART))
    lines = height - bars - 1
    low, high = min(*y, 0.0), max(*y, 0.0)
    numbers = [f"{high:.3g}", f"{low:.3g}"]
    gutter = max(map(len, numbers)) + 1
    plot = width - gutter
    dot, across, down = ("*", "-", "|") if way == "ascii" else ("●", "─", "│")
    places = np.linspace(x[0], x[-1], plot)
    heights = np.interp(places, x, y)

    def line_of(value: float) -> int:
        return round((high - value) / (high - low) * (lines - 1)) if high > low else lines - 1

    canvas = [[" "] * plot for _ in range(lines)]
    canvas[line_of(0.0)] = [across] * plot
    if x[0] < 0 < x[-1]:
        zero = round(-x[0] / (x[-1] - x[0]) * (plot - 1))
        for row in canvas:
            row[zero] = down
    for column, value in enumerate(heights.tolist()):
        canvas[line_of(value)][column] = dot
    fronts = [""] * lines
    fronts[0], fronts[-1] = numbers
    rows = [f"{front:>{gutter - 1}} {''.join(row)}" for front, row in zip(fronts, canvas, strict=True)]
    spread = [counts[min(len(counts) - 1, column * len(counts) // plot)] for column in range(plot)]
    rows += [" " * gutter + line for line in skyline(spread, plot, bars, way)]
    left, right = f"{x[0]:.3g}", f"{x[-1]:.3g}"
    middle = max(1, plot - len(left) - len(right))
    return [*rows, " " * gutter + left + " " * middle + right]
