"""A matrix as a heat map: blue below zero, yellow above, or shades, or signs; one side where one is all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gptlab_tui.render import cosine_map, heat
from gptlab_tui.render.heat import FAINT, HIDDEN, Cell, Way, plain

#: From most negative to most positive, on the xterm cube; zero is darkest.
COLOURS = cosine_map.RAMP
#: The same where there are no colours: in grey blocks, and in ASCII.
SHADES = "  ░░▒▓▓██"
SIGNS = "@%=-.+*#$"


class Ramp(NamedTuple):
    """What numbers are drawn with, from the lowest to the highest."""

    steps: dict[Way, Sequence[str]]
    """Colours, shades, and signs, an odd number of them where they are of both signs."""
    signed: bool
    """Whether 0 is in the middle; else it is the first."""

    def level(self, value: float, limit: float, way: Way) -> int:
        """Which step a number has; of what is not finite, that of zero."""
        size = len(self.steps[way]) - 1
        zero = size // 2 if self.signed else 0
        fraction = max(-1.0, min(1.0, value / limit)) if math.isfinite(value) else 0.0
        return max(0, zero + round(fraction * (size - zero)))

    def cell(self, value: float, limit: float, way: Way) -> Cell:
        """A number as one character."""
        if not math.isfinite(value):
            return Cell(HIDDEN[way], FAINT)
        step = self.steps[way][self.level(value, limit, way)]
        return Cell(" ", "", step) if way == "colour" else Cell(step)

    def legend(self, limit: float, way: Way) -> list[Cell]:
        """All steps with the numbers at their ends, on one line."""
        drawn = [Cell(" ", "", step) if way == "colour" else Cell(step) for step in self.steps[way]]
        low = f"-{limit:.3g} " if self.signed else "0 "
        return [*plain(low), *drawn, *plain(f" {limit:.3g}" + ("" if self.signed else ", none below 0"))]


#: Of numbers of both signs, and of those among which none is negative: half of the other would be idle.
SIGNED = Ramp({"colour": COLOURS, "grey": SHADES, "ascii": SIGNS}, signed=True)
FROM_ZERO = Ramp({"colour": heat.RAMP, "grey": heat.SHADES, "ascii": heat.SIGNS}, signed=False)


def is_signed(values: np.ndarray) -> bool:
    """Whether one of the finite numbers is negative."""
    return bool((values[np.isfinite(values)] < 0).any())


def ramp_of(signed: bool) -> Ramp:
    """What such numbers are drawn with."""
    return SIGNED if signed else FROM_ZERO


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
    wide, ramp = (2 if 2 * small.shape[1] <= room else 1), ramp_of(is_signed(values))
    rows = []
    for name, line in zip(front, small.tolist(), strict=True):
        cells = [Cell(" ")] * (gutter - len(name[:gutter])) + name[:gutter] + [Cell(" ")]
        rows.append(cells + [cell for value in line for cell in [ramp.cell(value, limit, way)] * wide])
    return rows


def legend(values: np.ndarray, way: Way) -> list[Cell]:
    """The colours or signs from the lowest to the highest number."""
    return ramp_of(is_signed(values)).legend(limit_of(values), way)


def draw_histogram(edges: Sequence[float], counts: Sequence[int], way: Way, width: int) -> list[str]:
    """A line for each bin: where it begins, a bar, its count; it ends where the next begins."""
    block, most = ("#" if way == "ascii" else "█"), max(1, *counts)
    room = max(4, width - 22)
    return [
        f"{edge:>10.3g} {block * (max(1, round(room * count / most)) if count else 0)} {count:,}".rstrip()
        for edge, count in zip(edges, counts, strict=False)
    ]
