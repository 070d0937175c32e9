"""One moment for all panes: the step of a run that they show together, and a line that says where it lies."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gptlab_tui.tui.terminal import Glyphs

#: Cells between the ends of the line, at most; up to there each step has one of its own.
_LONGEST = 40
#: With fewer a line says nothing.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of a run."""

    run: str
    step: int


@dataclass(frozen=True, slots=True)
class Slider:
    """A step among all those that a run has weights of."""

    step: int
    steps: tuple[int, ...]
    """Ascending, two at least."""

    def line(self, width: int, glyphs: Glyphs) -> str:
        """`step  1,000 ├──●────┤ 10,000` in at most so many columns, or the step alone; else nothing.

        It is of one width for all steps of a run. Steps lie side by side: a run keeps more of its
        beginning, where it learns fast, and a key is one place.
        """
        last = f"{self.steps[-1]:,}"
        name = f"step {self.step:>{len(last)},}"
        inside = min(len(self.steps), _LONGEST, width - len(name) - len(last) - 4)
        if inside < min(_SHORTEST, len(self.steps)):
            return name if len(name) <= width else ""
        at = max(0, bisect_right(self.steps, self.step) - 1)
        place = round(at * (inside - 1) / (len(self.steps) - 1))
        left, rail, knob, right = "|-o|" if glyphs == "ascii" else "├─●┤"
        return f"{name} {left}{rail * place}{knob}{rail * (inside - 1 - place)}{right} {last}"

    def least(self) -> int:
        """Columns of the shortest line that has the rail."""
        return 2 * len(f"{self.steps[-1]:,}") + 9 + min(_SHORTEST, len(self.steps))


def beside(steps: Sequence[int], step: int, by: int) -> int | None:
    """The step so many places on (back, below 0) among ascending ones, or else the last in that direction.

    From between two of them the first place is the nearest in that direction. None where there is none.
    """
    if by > 0:
        later = steps[bisect_right(steps, step) :]
        return later[min(by, len(later)) - 1] if later else None
    earlier = steps[: bisect_left(steps, step)]
    return earlier[max(by, -len(earlier))] if earlier and by else None
