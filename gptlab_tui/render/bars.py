"""Bars and sparklines of block characters, or of ASCII: a number, or a row of them, at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
#: The blocks of a bar, and how many eighths of a cell each fills; they begin at its left.
EIGHTHS = {block: size for size, block in enumerate(_EIGHTHS) if size}
_LEVELS = "▁▂▃▄▅▆▇█"
#: The same in ASCII.
_STEPS = "_.-=+*%#"


def bar(fraction: float, width: int, *, ascii_only: bool = False) -> str:
    """A horizontal bar `width` cells wide that is filled by `fraction`, to an eighth of a cell.

    With `ascii_only` it is made of whole signs, one at least where blocks would fill an eighth of one.
    Fractions outside 0 … 1 are cut off; NaN is an empty bar.
    """
    filled = width * (0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction)))
    if ascii_only:
        return ("#" * max(round(filled), filled >= 1 / 8)).ljust(width)
    full, rest = divmod(round(8 * filled), 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Sequence[float], width: int | None = None) -> str:
    """A row of cells as high as the values, lowest to highest; a value that is not finite is a gap.

    With more values than `width` cells, each cell is the mean of its share of them.
    """
    row = list(values) if width is None else means(values, width)
    finite = [value for value in row if math.isfinite(value)]
    if not finite:
        return " " * len(row)
    low, high = min(finite), max(finite)
    step = (high - low) / (len(_LEVELS) - 1)
    return "".join(
        " " if not math.isfinite(value) else _LEVELS[round((value - low) / step) if step else 0]
        for value in row
    )


def marked_sparkline(values: Sequence[float], here: int | None, *, ascii_only: bool = False) -> str:
    """The same, a cell a value, with brackets around the value at `here`, where it is one of them."""
    drawn = sparkline(values)
    if ascii_only:
        drawn = "".join(_STEPS[_LEVELS.index(sign)] if sign != " " else sign for sign in drawn)
    if here is None or not 0 <= here < len(drawn):
        return drawn
    return f"{drawn[:here]}[{drawn[here]}]{drawn[here + 1 :]}"


def means(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values, each the mean of the finite ones among its share; none there is NaN."""
    if len(values) <= width:
        return list(values)
    result = []
    for cell in range(width):
        part = values[cell * len(values) // width : (cell + 1) * len(values) // width]
        finite = [value for value in part if math.isfinite(value)]
        result.append(sum(finite) / len(finite) if finite else math.nan)
    return result
