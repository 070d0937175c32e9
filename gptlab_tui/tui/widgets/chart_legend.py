"""What stands around a chart in words: its legend, the values under the cursor, what its marks mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gptlab_tui.tui.terminal import Glyphs
from gptlab_tui.tui.widgets.chart_spec import Axis, Chart, Curve, Mark, Spot, nearest

#: What a cell looks like: a number is a series colour (from FAINT on: its faint kind), else a role.
Paint = int | str
FAINT = 100
Painted = list[tuple[str, Paint]]
#: How many times a legend can be made shorter: without the other unit, with bare places, fewer digits.
_BRIEFEST = 3
_FEWER = {".4f": ".3f"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = {
    "braille": {"line": "braille", "cloud": "braille", "points": "●", "spot": "◆"},
    "block": {"line": "hd", "cloud": "·", "points": "●", "spot": "◆"},
    "ascii": {"line": "", "cloud": ".", "points": "o", "spot": "@"},
}


def paint_of(curve: Curve) -> Paint:
    """The colour of a curve."""
    return curve.colour + (FAINT if curve.kind == "cloud" else 0)


def sign_of(curve: Curve, number: int, glyphs: Glyphs) -> str:
    """The character that stands for a curve in a legend."""
    sign = SIGNS[glyphs][curve.kind]
    if curve.ends:
        return curve.letter
    if sign in ("braille", "hd"):
        return "─" if curve.kind == "line" else "⣿" if sign == "braille" else "·"
    return sign or curve.letter or LETTERS[number % len(LETTERS)]


def heading(chart: Chart, glyphs: Glyphs, width: int, left: int) -> Painted:
    """The units of both scales at their places, the legend between; with a cursor the values alone."""
    reading = chart.cursor is not None  # then the values need the room, and say what they are
    name = chart.y_name.rjust(left - 1) if left and not reading else ""
    other = chart.right_name if chart.right_name and width >= 50 and not reading else ""
    room = width - len(name) - 2 - (len(other) + 1 if other else 0)
    middle = legend(chart, glyphs, room)
    used = sum(len(text) for text, _ in middle)
    gap = " " * max(0, width - len(name) - 2 - used - len(other))
    return [(name, "muted"), ("  ", "plain"), *middle, (gap, "plain"), (other, "muted")]


def legend(chart: Chart, glyphs: Glyphs, width: int) -> Painted:
    """The curves' signs and names; with a cursor, their values there, as briefly as the room wants.

    Where there is not even room for that, the last of them are left out.
    """
    found = _legend(chart, glyphs, 0)
    for brief in range(1, _BRIEFEST + 1):
        if sum(len(text) for part in found for text, _ in part) > width:
            found = _legend(chart, glyphs, brief)
    parts: Painted = []
    for part in found:
        if sum(len(text) for text, _ in parts + part) <= width:
            parts += part
    return parts


def _legend(chart: Chart, glyphs: Glyphs, brief: int) -> list[Painted]:
    """The parts of a legend, in their order."""
    found: list[Painted] = []
    if chart.cursor is not None and chart.x_name:
        found.append([(f"{chart.x_name} {_place(chart.cursor)}", "strong")])
    for number, curve in enumerate(chart.curves):
        said = curve.name if chart.cursor is None else _reading(chart, curve, brief)
        if curve.name and said:
            sign = (sign_of(curve, number, glyphs), paint_of(curve))
            found.append([("  " if found else "", "plain"), sign, (f" {said}", "plain")])
    best = [spot for spot in chart.spots if not spot.letter][:1] if chart.cursor is None else []
    found += [
        [("  ", "plain"), (SIGNS[glyphs]["spot"], "accent"), (f" {spot.name}", "plain")] for spot in best
    ]
    return found


def _reading(chart: Chart, curve: Curve, brief: int) -> str:
    """A curve's value at the cursor; empty where there is none.

    Points lie apart: what was measured elsewhere than under the cursor is told with its place.
    """
    at = nearest(curve.xs, chart.cursor) if chart.cursor is not None else None
    if at is None or not math.isfinite(curve.ys[at]):
        return ""
    form = chart.y_form if brief < _BRIEFEST else _FEWER.get(chart.y_form, chart.y_form)
    value = f"{curve.name} {curve.ys[at]:{form}}"
    if (curve.kind != "points" and not curve.ends) or chart.cursor is None:
        return value
    if chart.right_name and not brief and not curve.ends:
        value += f" = {curve.ys[at] * chart.right_factor:.3f} {chart.right_name}"
    if math.isclose(curve.xs[at], chart.cursor):
        return value
    where = f"(of {chart.x_name} {_place(curve.xs[at])})" if brief < 2 else f"at {_place(curve.xs[at])}"
    return f"{value} {where}"


def _place(x: float) -> str:
    """A value of the horizontal axis: whole where it is large."""
    return f"{x:,.0f}" if abs(x) >= 1000 or x == round(x) else f"{x:,.4g}"


def footnote(chart: Chart, xs: Axis, width: int, most: int) -> list[Painted]:
    """What the letters upon the curves stand for, in `most` lines; under the cursor, what happened there.

    Empty where no mark is in sight, or the chart is too small a one to be read (it has no name).
    """
    signs: list[Mark | Spot] = [*chart.marks, *(spot for spot in chart.spots if spot.letter)]
    seen = [one for one in signs if 0 <= xs.place(one.x) <= 1]
    if not seen or not chart.x_name:
        return []
    every = _told(list({one.letter: (one.letter, one.name) for one in seen}.values()), width)[:most]
    here = [(one.letter, _happened(one, chart)) for one in seen if _is_at(one.x, chart.cursor, xs, width)]
    told = _told(here, width)[:most] if here else every
    return told + [[] for _ in range(len(every) - len(told))]  # the chart keeps its height


def _happened(sign: Mark | Spot, chart: Chart) -> str:
    """What a sign means, with its place where the cursor is not just there."""
    exact = chart.cursor is not None and math.isclose(sign.x, chart.cursor)
    return (sign.meaning or sign.name) + ("" if exact else f" ({_place(sign.x)})")


def _is_at(x: float, cursor: float | None, xs: Axis, width: int) -> bool:
    """Whether a place is no more than a cell from the cursor."""
    return cursor is not None and abs(xs.place(x) - xs.place(cursor)) * width <= 1


def _told(signs: Sequence[tuple[str, str]], width: int) -> list[Painted]:
    """Letters and words, as many on a line as there is room for."""
    lines: list[Painted] = [[]]
    for letter, words in signs:
        part: Painted = [
            ("  " if not lines[-1] else "   ", "plain"),
            (letter, "warning"),
            (f" {words}", "muted"),
        ]
        if sum(len(text) for text, _ in [*lines[-1], *part]) > width and lines[-1]:
            lines.append([])
            part[0] = ("  ", "plain")
        lines[-1] += part
    return [line for line in lines if sum(len(text) for text, _ in line) <= width]
