"""Bars of block characters: a share at a glance."""

from __future__ import annotations

import math

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(fraction: float, width: int) -> str:
    """A horizontal bar `width` cells wide that is filled by `fraction`, to an eighth of a cell.

    Fractions outside 0 … 1 are cut off; NaN is an empty bar.
    """
    eighths = 0 if math.isnan(fraction) else round(8 * width * min(1.0, max(0.0, fraction)))
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[rest] if rest else "")
    return filled.ljust(width)
