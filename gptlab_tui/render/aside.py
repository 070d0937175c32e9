"""Boxes that stand where they are wanted, or beside it where others are: labels of points that crowd."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

#: Directions in which a box gives way, and by how many quarters of its size at most.
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, 1), (1, 1), (-1, -1))
_FARTHEST = 16
#: More than so many are not sorted out: nobody could read them, and it would take long.
_MOST = 64

Box = tuple[float, float, float, float]


def aside(wanted: Sequence[Box], width: float, height: float) -> list[Box]:
    """Where boxes (left, top, width, height) go in a field, so that none lies on an earlier one.

    Each goes as little aside as eight directions allow, by whole numbers; where there is no room it stays
    where it was wanted.
    """
    placed: list[Box] = []
    for box in wanted:
        left, top, wide, high = kept = _inside(box, width, height)
        if len(wanted) <= _MOST:
            ways = ((left + right, top + down, wide, high) for right, down in _ways(wide, high))
            free = (way for way in ways if way == _inside(way, width, height) and _is_free(way, placed))
            kept = next(free, kept)
        placed.append(kept)
    return placed


@cache
def _ways(wide: float, high: float) -> list[tuple[int, int]]:
    """How far a box of that size may go to the right and down, least first."""
    step_x, step_y = max(1, round(wide / 4)), max(1, round(high / 4))
    ways = {
        (right * times * step_x, down * times * step_y)
        for times in range(_FARTHEST + 1)
        for right, down in _AROUND
    }
    return sorted(ways, key=lambda way: (way[0] ** 2 + way[1] ** 2, way))


def _is_free(way: Box, placed: Sequence[Box]) -> bool:
    return not any(_meet(way, one) for one in placed)


def _inside(box: Box, width: float, height: float) -> Box:
    left, top, wide, high = box
    return max(0.0, min(left, width - wide)), max(0.0, min(top, height - high)), wide, high


def _meet(one: Box, other: Box) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
