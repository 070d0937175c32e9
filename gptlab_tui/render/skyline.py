"""Many numbers as upright bars side by side, a skyline: a column each, or for several the largest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gptlab_tui.render.heat import Way

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def per_column(count: int, width: int) -> int:
    """How many numbers share a column so that all fit."""
    return max(1, math.ceil(count / max(1, width)))


def skyline(
    values: Sequence[float], width: int, height: int, way: Way, most: float | None = None
) -> list[str]:
    """`height` lines, the topmost first; `most` (by default the largest number) fills them all.

    What is not 0 but too small to be seen stays unseen: the scale is linear.
    """
    factor = per_column(len(values), width)
    columns = [max(values[at : at + factor]) for at in range(0, len(values), factor)]
    most = most or max(columns, default=0.0) or 1.0
    heights = [min(1.0, max(0.0, value / most)) * height for value in columns]
    lines = []
    for line in range(height - 1, -1, -1):
        if way == "ascii":
            signs = ("#" if full - line >= 0.5 else " " for full in heights)
        else:
            signs = (_EIGHTHS[round(8 * min(1.0, max(0.0, full - line)))] for full in heights)
        lines.append("".join(signs))
    return lines


def names_below(names: Mapping[int, str], count: int, width: int) -> str:
    """A line for below the bars: the first sign of the name of each number that has one, where it stands."""
    factor = per_column(count, width)
    line = [" "] * math.ceil(count / factor)
    for place, name in names.items():
        if line[place // factor] == " " and name:
            line[place // factor] = name[0]
    return "".join(line)
