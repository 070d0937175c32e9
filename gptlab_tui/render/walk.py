"""Numbers of a walk through a model: the first of a row, one for each token, and a curve with its values."""

from __future__ import annotations

from collections.abc import Sequence

from gptlab_tui.render.heat import Way


def number(value: float) -> str:
    """Four digits that matter, sign included where it is minus: 0.1234, -12.34, 1.2e-05."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.4g}"
    return f"{value:.1e}"


def first_of(values: Sequence[float], count: int) -> str:
    """The first numbers of a row, and how many follow."""
    shown = "  ".join(number(value) for value in values[:count])
    more = len(values) - count
    return f"{shown}  ... {more:,} more" if more > 0 else shown


def by_token(labels: Sequence[str], values: Sequence[float]) -> str:
    """A number for each token, behind its label; a no-break space keeps the two together."""
    return "   ".join(f"{label}\xa0{number(value)}" for label, value in zip(labels, values, strict=True))


def draw_curve(
    x: Sequence[float], y: Sequence[float], counts: Sequence[int], way: Way, width: int
) -> list[str]:
    """A function on its side, x downwards: its value as a place, and the count of each bin as a bar."""
    low, high = min(y), max(y)
    plot = max(8, (width - 24) // 2)
    room = max(4, width - 10 - plot - 10)
    dot, block = ("*", "#") if way == "ascii" else ("●", "█")
    zero = round(-low / (high - low) * (plot - 1)) if low <= 0 < high else 0
    most = max(1, *counts)
    rows = []
    for middle, value, count in zip(x, y, counts, strict=True):
        place = round((value - low) / (high - low) * (plot - 1)) if high > low else 0
        line = [" "] * plot
        line[zero] = "|" if way == "ascii" else "│"
        line[place] = dot
        bar = block * (max(1, round(room * count / most)) if count else 0)
        rows.append(f"{middle:>8.2f}  {''.join(line)}  {bar}{' ' if bar else ''}{count or ''}".rstrip())
    return rows
