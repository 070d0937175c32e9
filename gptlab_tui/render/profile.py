"""A row of numbers of both signs as upright bars on a zero line: up above zero, down below."""

from __future__ import annotations

from collections.abc import Sequence

from gptlab_tui.render.heat import Way

_UP = " ▁▂▃▄▅▆▇█"


def draw_profile(values: Sequence[float], way: Way, width: int, height: int) -> list[str]:
    """At most so many lines; a column a number, or several columns, or one for the largest of several.

    In front of the first and the last line stand the largest number and the least, or 0.
    """
    high, low = max(*values, 0.0), min(*values, 0.0)
    names = [f"{high:.3g}", f"{low:.3g}"]
    gutter = max(map(len, names)) + 2
    room = width - gutter
    if room < 1 or height < 2 or not values:
        return []
    factor = -(-len(values) // room)
    blocks = [max(values[at : at + factor], key=abs) for at in range(0, len(values), factor)]
    wide = max(1, min(4, room // len(blocks)))
    span = (high - low) or 1.0
    zero = round(high / span * height)
    if low < 0 < high:
        zero = max(1, min(height - 1, zero))
    rows = []
    for line in range(height):
        signs = (_sign(value, line, zero, span / height, way) for value in blocks)
        front = names[0] if line == 0 else names[1] if line == height - 1 else ""
        rows.append(f" {front:>{gutter - 2}} " + "".join(sign * wide for sign in signs))
    return rows


def _sign(value: float, line: int, zero: int, per_line: float, way: Way) -> str:
    """What a bar is on a line: above the zero line it grows by eighths, below by halves."""
    size = abs(value) / per_line
    if value >= 0 and line < zero:
        part = min(1.0, max(0.0, size - (zero - 1 - line)))
        return ("#" if part >= 0.5 else " ") if way == "ascii" else _UP[round(8 * part)]
    if value < 0 and line >= zero:
        part = min(1.0, max(0.0, size - (line - zero)))
        if way == "ascii":
            return "#" if part >= 0.5 else " "
        return "█" if part >= 0.75 else "▀" if part >= 0.25 else " "
    return " "
