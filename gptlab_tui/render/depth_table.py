"""What each depth of a model says of each token of a text, as a table: a line a depth, a column a token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from gptlab_tui.render.grid import Entry
from gptlab_tui.render.heat import Way, label_of

if TYPE_CHECKING:
    import numpy as np

#: What stands in a place: the most probable token, or the rank or probability of the one that follows.
Shown = Literal["best", "rank", "probability"]


def depth_table(
    names: Sequence[str],
    pieces: Sequence[str],
    best: Callable[[int, int], tuple[str, float]],
    next_bits: np.ndarray,
    next_rank: np.ndarray,
    shown: Shown,
    way: Way,
) -> tuple[list[str], list[list[Entry]]]:
    """The names of the lines, and for each of T tokens a column: what is read, D depths, what follows.

    `best` gives the most probable token of (depth, place), safe to show, and its probability; `next_bits`
    and `next_rank` are (D, T), of the token that follows. Nothing follows the last.
    """
    labels = [label_of(piece, way) for piece in pieces]

    def entry(depth: int, place: int) -> Entry:
        if shown == "best":
            piece, chance = best(depth, place)
            return Entry(label_of(piece, way), chance)
        if place == len(labels) - 1:
            return Entry("")
        chance = float(2.0 ** -next_bits[depth, place])
        if shown == "rank":
            return Entry(str(next_rank[depth, place]), chance)
        return Entry(f"{chance:.2f}"[1:] if chance < 0.995 else "1", chance)

    columns = [
        [
            Entry(label),
            *(entry(depth, place) for depth in range(len(names))),
            Entry(labels[place + 1] if place + 1 < len(labels) else ""),
        ]
        for place, label in enumerate(labels)
    ]
    return ["reads", *names, "follows"], columns
