"""A row of numbers that grows at its end and can be drawn at any length: coarser levels lie above it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
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
            part = slice(len(level.means) * _GROUP, len(means) // _GROUP * _GROUP)
            if part.start == part.stop:
                return  # nor has a level above anything new
            if math.isnan(sum(means[part])):
                level.lows.extend(_finite(min, group) for group in _groups(lows[part]))
                level.highs.extend(_finite(max, group) for group in _groups(highs[part]))
                level.means.extend(_mean(group) for group in _groups(means[part]))
            else:
                level.lows.extend(map(min, _groups(lows[part])))
                level.highs.extend(map(max, _groups(highs[part])))
                level.means.extend(total / _GROUP for total in map(sum, _groups(means[part])))
            lows, highs, means = level.lows, level.highs, level.means
            number += 1

    def pick(self, first: int, last: int) -> tuple[int, Level | None]:
        """The finest level that has few enough values in a range, and how many ys one of them is."""
        size, number = 1, 0
        while (last - first) // size > _ENOUGH and number < len(self._levels):
            size, number = size * _GROUP, number + 1
        return size, self._levels[number - 1] if number else None


def _groups(values: array[float]) -> Iterator[tuple[float, ...]]:
    return zip(*[iter(values)] * _GROUP, strict=True)


def _finite(choose: Callable[[list[float]], float], values: Sequence[float]) -> float:
    some = [value for value in values if not math.isnan(value)]
    return choose(some) if some else math.nan


def _mean(values: Sequence[float]) -> float:
    total = sum(values)
    if not math.isnan(total):
        return total / len(values)
    some = [value for value in values if not math.isnan(value)]
    return sum(some) / len(some) if some else math.nan
