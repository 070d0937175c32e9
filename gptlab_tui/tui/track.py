"""A row of numbers that grows at its end and can be drawn at any length: coarser levels lie above it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_GROUP = 8  # values of a level that make one of the next
_ENOUGH = 4096  # values that a drawing looks at, at most


@dataclass(slots=True)
class Level:
    """Groups of the level below: lowest, highest and mean of each."""

    lows: array[float] = field(default_factory=lambda: array("d"))
    highs: array[float] = field(default_factory=lambda: array("d"))
    means: array[float] = field(default_factory=lambda: array("d"))


class Track:
    """A column over ascending x that grows at its end, with coarser levels to draw from."""

    def __init__(self) -> None:
        self.ys: array[float] = array("d")
        self._levels: list[Level] = []

    def extend(self, ys: Iterable[float]) -> None:
        """Adds values."""
        self.ys.extend(ys)
        self._grow()

    def cut(self, count: int) -> None:
        """Leaves the first `count` values."""
        del self.ys[count:]
        for number, level in enumerate(self._levels, 1):
            whole = count // _GROUP**number
            for column in (level.lows, level.highs, level.means):
                del column[whole:]

    def _grow(self) -> None:
        lows, highs, means = self.ys, self.ys, self.ys
        number = 0
        while len(means) >= _GROUP * 2:
            if number == len(self._levels):
                self._levels.append(Level())
            level = self._levels[number]
            for group in range(len(level.means), len(means) // _GROUP):
                part = slice(group * _GROUP, (group + 1) * _GROUP)
                level.lows.append(_finite(min, lows[part]))
                level.highs.append(_finite(max, highs[part]))
                level.means.append(_mean(means[part]))
            lows, highs, means = level.lows, level.highs, level.means
            number += 1

    def pick(self, first: int, last: int) -> tuple[int, Level | None]:
        """The finest level that has few enough values in a range, and how many ys one of them is."""
        size, number = 1, 0
        while (last - first) // size > _ENOUGH and number < len(self._levels):
            size, number = size * _GROUP, number + 1
        return size, self._levels[number - 1] if number else None


def _finite(choose: Callable[[list[float]], float], values: Sequence[float]) -> float:
    some = [value for value in values if not math.isnan(value)]
    return choose(some) if some else math.nan


def _mean(values: Sequence[float]) -> float:
    total = sum(values)
    if not math.isnan(total):
        return total / len(values)
    some = [value for value in values if not math.isnan(value)]
    return sum(some) / len(some) if some else math.nan
