"""Labels that would lie on one another."""

from itertools import combinations

from gptlab_tui.render.aside import aside


def meet(one, other):
    return all(
        one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


def test_what_is_free_stays_and_what_is_not_goes_a_little_aside():
    placed = aside([(10, 10, 8, 4), (50, 10, 8, 4), (12, 11, 8, 4)], 100, 40)
    assert placed[:2] == [(10, 10, 8, 4), (50, 10, 8, 4)]
    assert not meet(placed[0], placed[2])
    assert abs(placed[2][0] - 12) + abs(placed[2][1] - 11) <= 8


def test_a_heap_is_laid_out_within_the_field():
    placed = aside([(3, 3, 8, 4)] * 10, 60, 40)
    assert not any(meet(*two) for two in combinations(placed, 2))
    assert all(
        left >= 0 and left + wide <= 60 and top >= 0 and top + high <= 40 for left, top, wide, high in placed
    )


def test_without_room_they_are_where_they_were_wanted():
    assert aside([(0, 0, 8, 4)] * 3, 8, 4) == [(0, 0, 8, 4)] * 3
