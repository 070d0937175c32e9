"""Numbers with their units, as every table and progress line writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence

MIB = 1024 * 1024


def mib(size_bytes: float) -> str:
    """Bytes as MiB, with as many decimals as say something: 0.004 MiB, 1.24 MiB, 812 MiB."""
    size = size_bytes / MIB
    if size == 0 or size >= 100:
        return f"{size:,.0f} MiB"
    decimals = min(3, max(1, 2 - math.floor(math.log10(size))))
    return f"{size:.{decimals}f} MiB"


def duration(elapsed_s: float) -> str:
    """Seconds as a person says them: 0.8 s, 42 s, 3 min 05 s, 2 h 07 min, 3 d 04 h."""
    if not math.isfinite(elapsed_s):
        return "–"
    if elapsed_s < 9.95:
        return f"{elapsed_s:.1f} s"
    seconds = round(elapsed_s)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24:02d} h"
    if hours:
        return f"{hours} h {minutes % 60:02d} min"
    if minutes:
        return f"{minutes} min {seconds % 60:02d} s"
    return f"{seconds} s"


def roughly(expected_s: float) -> str:
    """Seconds to come, so round that a slightly other guess says the same: 40 s, 6 min, 2.5 h, 3 days."""
    if not math.isfinite(expected_s):
        return "–"
    for limit, size, step, unit in (
        (90, 1, 10, "s"),
        (600, 60, 1, "min"),
        (3600, 60, 5, "min"),
        (36_000, 3600, 0.5, "h"),
        (172_800, 3600, 1, "h"),
    ):
        if expected_s < limit:
            return f"{max(step, round(expected_s / size / step) * step):g} {unit}"
    return f"{round(expected_s / 86_400):,} days"


def count(number: int) -> str:
    """A whole number with its thousands apart: 207,936."""
    return f"{number:,}"


def counted(number: int, thing: str) -> str:
    """So many of a thing whose plural has an s: 1 step, 2,000 steps."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def spread(steps: Sequence[int]) -> str:
    """How many of something there are, and of which steps, ascending: 64, of steps 0 to 10,000."""
    if len(steps) < 2:
        return f"1, of step {steps[0]:,}" if steps else ""
    return f"{len(steps):,}, of steps {steps[0]:,} to {steps[-1]:,}"


def about(number: float) -> str:
    """A large number in three digits: 950, 12.4k, 10.7M, 175B, 3.14T."""
    for power, letter in ((12, "T"), (9, "B"), (6, "M"), (3, "k")):
        if abs(number) >= 0.9995 * 10**power:
            scaled = number / 10**power
            decimals = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
            return f"{scaled:.{decimals}f}{letter}"
    return f"{number:.0f}"


def share(part: float, whole: float = 1.0) -> str:
    """A part of a whole in percent: 3.54 %; of nothing, a dash."""
    return f"{100 * part / whole:.2f} %" if whole else "–"


def rate(tokens_per_s: float) -> str:
    """Tokens per second: 81,200 tok/s."""
    return f"{tokens_per_s:,.0f} tok/s"
