"""A matrix of numbers of both signs as a heat map: blue below zero, yellow above, or shades, or signs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gptlab_tui.render import cosine_map
from gptlab_tui.render.heat import FAINT, HIDDEN, Cell, Way, plain

#: From most negative to most positive, on the xterm cube; zero is darkest.
COLOURS = cosine_map.RAMP
#: The same where there are no colours: in grey blocks, and in ASCII.
SHADES = "  ░░▒▓▓██"
SIGNS = "@%=-.+*#$"
_HALF = len(COLOURS) // 2


def limit_of(values: np.ndarray) -> float:
    """The size at which colours end: that of 99 % of the finite numbers, at least a tiny one."""
    sizes = np.abs(values[np.isfinite(values)])
    return max(float(np.quantile(sizes, 0.99)), 1e-12) if len(sizes) else 1.0


def pooled(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """At most so many rows and columns; of each block the finite number furthest from zero.

    The mean would hide what one looks for. A block without a finite number is -inf.
    """
    high, wide = (
        max(1, math.ceil(size / most)) for size, most in zip(values.shape, (rows, columns), strict=True)
    )
    top, left = np.arange(0, values.shape[0], high), np.arange(0, values.shape[1], wide)

    def reduce(how: np.ufunc, absent: float) -> np.ndarray:
        finite = np.where(np.isfinite(values), values, absent)
        block: np.ndarray = how.reduceat(how.reduceat(finite, top, axis=0), left, axis=1)
        return block

    low, up = reduce(np.minimum, math.inf), reduce(np.maximum, -math.inf)
    return np.where(np.abs(low) > np.abs(up), low, up)


def level_of(value: float, limit: float) -> int:
    """Which colour or sign a number has; of what is not finite, that of zero."""
    if not math.isfinite(value):
        return _HALF
    return _HALF + round(max(-1.0, min(1.0, value / limit)) * _HALF)


def draw_matrix(
    values: np.ndarray, way: Way, width: int, height: int, labels: Sequence[str] | None = None
) -> list[list[Cell]]:
    """The rows of a matrix as lines, pooled where it is larger than so many columns and lines.

    In front of a line stands the number of its first row, or its label.
    """
    names = [str(row) for row in range(len(values))] if labels is None else list(labels)
    small = pooled(values, height, 1 << 30)
    step = math.ceil(len(values) / len(small))
    front = [plain(name) for name in names[::step]]
    gutter = min(max(map(len, front), default=0), max(1, width // 4))
    room = max(1, width - gutter - 1)
    small, limit = pooled(small, height, room), limit_of(values)
    wide = 2 if 2 * small.shape[1] <= room else 1
    rows = []
    for name, line in zip(front, small.tolist(), strict=True):
        cells = [Cell(" ")] * (gutter - len(name[:gutter])) + name[:gutter] + [Cell(" ")]
        rows.append(cells + [cell for value in line for cell in [_cell(value, limit, way)] * wide])
    return rows


def legend(values: np.ndarray, way: Way) -> list[Cell]:
    """The colours or signs from the most negative to the most positive."""
    limit = limit_of(values)
    steps = [_cell(limit * (step - _HALF) / _HALF, limit, way) for step in range(len(COLOURS))]
    return [*plain(f"-{limit:.3g} "), *steps, *plain(f" {limit:.3g}")]


def draw_histogram(edges: Sequence[float], counts: Sequence[int], way: Way, width: int) -> list[str]:
    """A line for each bin: where it begins, a bar, its count."""
    block, most = ("#" if way == "ascii" else "█"), max(1, *counts)
    room = max(4, width - 22)
    return [
        f"{edge:>10.3g} {block * (max(1, round(room * count / most)) if count else 0)} {count:,}".rstrip()
        for edge, count in zip(edges, counts, strict=False)
    ]


def _cell(value: float, limit: float, way: Way) -> Cell:
    if not math.isfinite(value):
        return Cell(HIDDEN[way], FAINT)
    step = level_of(value, limit)
    if way == "colour":
        return Cell(" ", "", COLOURS[step])
    if way == "grey":
        return Cell(SHADES[step])
    return Cell(SIGNS[step], FAINT if step == _HALF else "")
