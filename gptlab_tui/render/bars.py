"""Bars of block characters, or of ASCII: a share at a glance."""

from __future__ import annotations

import math

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(fraction: float, width: int, *, ascii_only: bool = False) -> str:
    """A horizontal bar `width` cells wide that is filled by `fraction`, to an eighth of a cell.

    With `ascii_only` it is made of whole signs. Fractions outside 0 … 1 are cut off; NaN is an empty bar.
    """
    share = 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))
    if ascii_only:
        return ("#" * round(width * share)).ljust(width)
    eighths = round(8 * width * share)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[rest] if rest else "")
    return filled.ljust(width)


def hashes(fraction: float, width: int) -> str:
    """The same bar in ASCII, to a whole cell; what is not nothing has one cell at least."""
    fraction = 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))
    return ("#" * max(round(width * fraction), fraction * width >= 1 / 8)).ljust(width)
