"""Numbers of both signs, one a line: label, number, and a bar of its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gptlab_tui.render.bars import bar
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.heat import Way
from gptlab_tui.render.walk import number

#: Columns of a number.
_NUMBER = 9
_LONGEST_LABEL = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """One line; the label is safe to show. `beside` is a second number, to compare."""

    label: str
    value: float
    beside: float | None = None


def draw_tallies(
    tallies: Sequence[Tally], way: Way, width: int, height: int, chosen: int | None = None
) -> list[str]:
    """As many lines as there is room for; where not all fit, the largest in their order, then how many more.

    The chosen one is always among them, and marked. Of minus infinity there is no bar.
    """
    if height < 1 or width < 12 or not tallies:
        return []
    shown = list(range(len(tallies)))
    if len(shown) > height:
        sizes = [abs(one.value) if math.isfinite(one.value) else -1.0 for one in tallies]
        best = sorted(shown, key=lambda place: (place != chosen, -sizes[place]))[: max(1, height - 1)]
        shown = sorted(best)
    finite = [abs(one.value) for one in tallies if math.isfinite(one.value)]
    most = max(finite, default=0.0) or 1.0
    label = min(_LONGEST_LABEL, max(len(tallies[place].label) for place in shown), max(1, width // 3))
    two = any(one.beside is not None for one in tallies)
    room = width - label - 3 - _NUMBER * (2 if two else 1) - (2 if two else 1)
    lines = []
    for place in shown:
        one = tallies[place]
        mark = (">" if way == "ascii" else "▸") if place == chosen else " "
        numbers = f"{said(one.value):>{_NUMBER}}"
        if two:
            numbers += f" {said(one.beside):>{_NUMBER}}"
        filled = abs(one.value) / most if math.isfinite(one.value) else 0.0
        drawn = bar(filled, room, ascii_only=way == "ascii") if room > 2 else ""
        lines.append(f"{mark}{fit(one.label, label)} {numbers}  {drawn}".rstrip())
    more = len(tallies) - len(shown)
    return [*lines, f" {more:,} more, nearer to 0"][:height] if more else lines


def said(value: float | None) -> str:
    """A number in nine columns at most; nothing for none."""
    if value is None:
        return ""
    return f"{'-' if value < 0 else ''}inf" if math.isinf(value) else number(value)
