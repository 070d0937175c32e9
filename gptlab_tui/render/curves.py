"""Curves over the steps of a training, drawn in characters by plotext."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

#: Names of plotext, which takes the terminal's own colours for them.
COLOURS = ("cyan", "orange", "magenta", "green", "blue+", "red")
_MARKERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Curve:
    """A named row of (x, y) points, x ascending; the name is safe to show."""

    name: str
    points: Sequence[Point]


def decimate(points: Sequence[Point], most: int) -> list[Point]:
    """At most `most` points: the means of consecutive groups of (nearly) equal size."""
    count = min(len(points), most)
    edges = [index * len(points) // count for index in range(count + 1)] if count else [0]
    groups = [points[start:stop] for start, stop in pairwise(edges)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups
    ]


def draw_curves(curves: Sequence[Curve], y_name: str, *, width: int, height: int, colour: bool = True) -> str:
    """The curves as `height` lines of `width` characters; without colour, a letter for each curve.

    All numbers must be finite; without a point the drawing is empty. plotext is imported here,
    since it is slow to import and keeps one figure for the whole process.
    """
    import plotext

    steps = [x for curve in curves for x, _ in curve.points]
    if not steps:
        return ""

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.xlabel("step")
    plotext.ylabel(y_name)
    first, last = min(steps), max(steps)
    ticks = sorted({round(first + (last - first) * quarter / 4) for quarter in range(5)})
    plotext.xticks(ticks, [f"{tick:,}" for tick in ticks])
    for number, curve in enumerate(curves):
        points = decimate(curve.points, 2 * width)
        if points:
            plotext.plot(
                [x for x, _ in points],
                [y for _, y in points],
                label=curve.name,
                color=COLOURS[number % len(COLOURS)] if colour else None,
                marker="braille" if colour else _MARKERS[number % len(_MARKERS)],
            )
    drawn: str = plotext.build()
    return drawn if colour else plotext.uncolorize(drawn)
