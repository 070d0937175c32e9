"""What a chart shows, as data: curves, marks, levels, the window, and where its ticks stand."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["line", "cloud", "points"]
#: So many points are joined by a line.
JOINED = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """A named row of points, x ascending. Values that are not finite break it.

    The rows are no arrays and stay as they are, since charts are compared. The name is safe to show, each
    of its characters one cell wide; a curve without one is not in the legend.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: int = 0
    """Which of the theme's series colours; those past the last begin again."""
    kind: Kind = "line"
    """`cloud` is a noisy line that stays in the background; `points` were measured here and there:
    each has a sign, and a line joins them only where there are several."""
    letter: str = ""
    """What draws it in ASCII; by default one of a … z after its place."""
    ends: bool = False
    """Whether the letter stands at its end too, so that many curves can be told apart."""

    @property
    def is_joined(self) -> bool:
        """Whether a line goes from point to point."""
        return self.kind != "points" or len(self.xs) >= JOINED


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an x: a vertical line with a letter."""

    x: float
    letter: str
    name: str = ""
    """What the letter stands for, in a word or two; safe to show."""
    meaning: str = ""
    """What happened just here, where that is more."""


@dataclass(frozen=True, slots=True)
class Level:
    """A value to compare with: a horizontal line with a name."""

    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A single point that stands out, such as the best one, by a sign."""

    x: float
    y: float
    name: str = "best"
    letter: str = ""
    """Its sign, where it is one of several kinds."""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn. Ranges are in the data's own units, also on a logarithmic axis."""

    curves: tuple[Curve, ...] = ()
    x_name: str = "step"
    """Without a name, a reading does not say where it is."""
    y_name: str = "nats"
    y_form: str = ".4f"
    """How values that are read off are written."""
    right_name: str = ""
    """Name of a second scale on the right; its numbers are those of the left times `right_factor`."""
    right_factor: float = 1.0
    log_x: bool = False
    log_y: bool = False
    x_range: tuple[float, float] | None = None
    """By default all of it."""
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = ()
    spots: tuple[Spot, ...] = ()
    cursor: float | None = None
    """The x whose values are read off."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range, linear or logarithmic, laid on 0 … 1."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies, 0 … 1 within the range; below a logarithmic axis is minus infinity."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return -math.inf
        return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))

    def value(self, place: float) -> float:
        """The value at a place; the inverse of `place`."""
        if not self.log:
            return self.low + place * (self.high - self.low)
        return math.exp(math.log(self.low) + place * (math.log(self.high) - math.log(self.low)))


def axis(low: float, high: float, log: bool, margin: float = 0.0) -> Axis:
    """An axis that is never empty; a logarithmic one begins above 0."""
    if log and high > 0:
        low = low if low > 0 else min(1.0, high / 2)
        if low >= high:
            return Axis(low / 1.5, low * 1.5, True)
        grown = (high / low) ** margin
        return Axis(low / grown, high * grown, True)
    if low >= high:
        wider = abs(low) * 0.05 or 0.5
        return Axis(low - wider, high + wider)
    wider = (high - low) * margin
    return Axis(low - wider, high + wider)


def x_axis(chart: Chart) -> Axis | None:
    """The horizontal axis; None without any point."""
    if chart.x_range is not None:
        return axis(*chart.x_range, chart.log_x)
    ends = [(curve.xs[0], curve.xs[-1]) for curve in chart.curves if len(curve.xs)]
    if not ends:
        return None
    low = min(first for first, _ in ends)
    if chart.log_x and low <= 0:
        above = (curve.xs[at] for curve in chart.curves if (at := bisect_right(curve.xs, 0)) < len(curve.xs))
        low = min(above, default=1.0)
    return axis(low, max(last for _, last in ends), chart.log_x)


def y_axis(chart: Chart, xs: Axis) -> Axis | None:
    """The vertical axis, over what lies in the window; None without any point there."""
    seen: list[float] = []
    for curve in chart.curves:
        _, ys = visible(curve.xs, curve.ys, xs, log_y=chart.log_y, joined=curve.is_joined)
        seen += [y for y in ys if math.isfinite(y) and (y > 0 or not chart.log_y)]
    if not seen:
        return None
    seen += [level.y for level in chart.levels if math.isfinite(level.y)]
    return axis(min(seen), max(seen), chart.log_y, 0.04)


def visible(
    xs: Sequence[float], ys: Sequence[float], window: Axis, *, log_y: bool = False, joined: bool = True
) -> tuple[list[float], list[float]]:
    """The points within the window; where they are joined, also where the line crosses its edges.

    A line is straight on the screen, so what lies between two points depends on both axes.
    """
    first, last = bisect_left(xs, window.low), bisect_right(xs, window.high)
    out_x, out_y = list(xs[first:last]), list(ys[first:last])
    for after, edge, place in ((first, window.low, 0), (last, window.high, len(out_x) + 1)) if joined else ():
        if not 0 < after < len(xs) or (window.log and xs[after - 1] <= 0):
            continue
        low, high = window.place(xs[after - 1]), window.place(xs[after])
        share = (window.place(edge) - low) / (high - low) if high > low else 0.0
        crossing = _between(ys[after - 1], ys[after], share, log_y)
        if 0 < share < 1 and math.isfinite(crossing):
            out_x.insert(place, edge)
            out_y.insert(place, crossing)
    return out_x, out_y


def _between(one: float, other: float, share: float, log: bool) -> float:
    """The value so far on the way from one to the other; NaN where a logarithm has none."""
    if not log:
        return one + share * (other - one)
    return one * (other / one) ** share if one > 0 and other > 0 else math.nan


def envelope(xs: Sequence[float], ys: Sequence[float], most: int) -> tuple[list[float], list[float]]:
    """At most `most` points (2 or more) that show the lowest and the highest of each part of the curve.

    Groups of equal size; the lower and the higher of each stand in their own order. Shorter curves stay.
    """
    count = len(xs)
    if count <= most:
        return list(xs), list(ys)
    groups = max(1, most // 2)
    edges = [index * count // groups for index in range(groups + 1)]
    out_x: list[float] = []
    out_y: list[float] = []
    for start, stop in pairwise(edges):
        finite = [at for at in range(start, stop) if math.isfinite(ys[at])]
        if not finite:
            out_x.append(xs[start])
            out_y.append(math.nan)
            continue
        ends = sorted({min(finite, key=ys.__getitem__), max(finite, key=ys.__getitem__)})
        out_x += [xs[at] for at in ends]
        out_y += [ys[at] for at in ends]
    return out_x, out_y


def nearest(xs: Sequence[float], x: float) -> int | None:
    """The index of the point nearest to x, x ascending; None where there is none."""
    if not len(xs):
        return None
    at = bisect_left(xs, x)
    if at == 0:
        return 0
    if at == len(xs):
        return at - 1
    return at if xs[at] - x < x - xs[at - 1] else at - 1


def ticks(scale: Axis, most: int) -> list[tuple[float, str]]:
    """At most `most` (1 or more) round values within the range, with their labels, all of one width."""
    most = max(1, most)
    if scale.log:
        values = _log_ticks(scale, most)
        labels = [_number(value, _decimals(value)) for value in values]
    else:
        step = _round_step((scale.high - scale.low) / most)
        while True:
            first = math.ceil(scale.low / step - 1e-9)
            values = [index * step for index in range(first, math.floor(scale.high / step + 1e-9) + 1)]
            if len(values) <= most:
                break
            step = _round_step(step * 1.01)
        size, unit = _unit(max((abs(value) for value in values), default=0.0))
        decimals = max(0, -math.floor(math.log10(step / size) + 1e-9))
        if not math.isclose(round(step / size, decimals), step / size):
            decimals += 1  # of 2.5, 0.25, …
        labels = [_number(value / size, decimals) + (unit if value else "") for value in values]
    width = max((len(label) for label in labels), default=0)
    return [(value, f"{label:>{width}}") for value, label in zip(values, labels, strict=True)]


def _unit(largest: float) -> tuple[float, str]:
    """What long numbers are counted in, so that their labels stay short and no two are the same."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if largest >= 10 * size:
            return size, unit
    return 1.0, ""


def _log_ticks(scale: Axis, most: int) -> list[float]:
    first, last = math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high))
    for parts in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        every = [part * 10.0**power for power in range(first, last + 1) for part in parts]
        inside = [value for value in every if scale.low <= value <= scale.high]
        if 0 < len(inside) <= most:
            return inside
    powers = [10.0**power for power in range(first, last + 1) if scale.low <= 10.0**power <= scale.high]
    return powers[:: math.ceil(len(powers) / most)] if powers else [scale.low]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in (1.0, 2.0, 2.5, 5.0, 10.0) if part * power >= least * (1 - 1e-9))


def _decimals(value: float) -> int:
    if value >= 10 or value == round(value):
        return 0
    return max(1, 1 - math.floor(math.log10(value)))


def _number(value: float, decimals: int) -> str:
    if abs(value) >= 10_000_000:
        return f"{value:.0e}"
    if decimals > 5:
        return f"{value:.1e}"
    return f"{value:,.{decimals}f}"
