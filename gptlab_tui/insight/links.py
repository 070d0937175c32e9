"""What an attention map says in short: its strongest links, how spread a row is, and its blocks.

No torch here, so that a front may look at maps too. A map is (T, T): queries in rows, keys in columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: A link is worth naming where it is more than so many times what an even look would give.
REMARKABLE = 2.0


@dataclass(frozen=True, slots=True)
class Link:
    """One weight of a map, places counted from 0."""

    query: int
    key: int
    weight: float

    def words(self, pieces: Sequence[str]) -> str:
        """Such as "`é` looks at `o` 0.43"; the pieces as they are, so make it safe before it is shown."""
        what = "itself" if self.key == self.query else f"`{pieces[self.key]}`"
        return f"`{pieces[self.query]}` looks at {what} {self.weight:.2f}"


def strongest(matrix: np.ndarray, count: int) -> list[Link]:
    """The largest weights in order, at most `count`; of equal ones the earlier first.

    Those that say nothing are left out: the first tokens have hardly anything to choose from, so a
    weight counts only where it is more than `REMARKABLE` times the even share of its row.
    """
    even = 1 / np.arange(1, len(matrix) + 1)[:, None]
    worth = np.where(matrix > REMARKABLE * even, matrix, 0.0)
    order = np.argsort(-worth, axis=None, kind="stable")[:count]
    return [
        Link(int(place // len(matrix)), int(place % len(matrix)), float(worth.flat[place]))
        for place in order
        if worth.flat[place] > 0
    ]


def entropy_bits(weights: np.ndarray) -> np.ndarray:
    """How spread every row is, in bits: 0 looks at one token, log2(n) at n alike: (..., T, T) -> (..., T)"""
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    spread: np.ndarray = np.maximum(0.0, -(weights * logs).sum(axis=-1))
    return spread


def pool(weights: np.ndarray, factor: int) -> np.ndarray:
    """Blocks of `factor` x `factor` by their largest weight: (..., T, T) -> (..., t, t), t = ceil(T / factor)

    The mean would hide the single strong links that one looks for.
    """
    T = weights.shape[-1]
    edges = np.arange(0, T, factor)
    rows = np.maximum.reduceat(weights, edges, axis=-2)
    blocks: np.ndarray = np.maximum.reduceat(rows, edges, axis=-1)
    return blocks


def strongest_in_block(matrix: np.ndarray, row: int, column: int, factor: int) -> Link:
    """The largest weight of one block of `pool`."""
    top, left = row * factor, column * factor
    block = matrix[top : top + factor, left : left + factor]
    place = int(np.argmax(block))
    query, key = top + place // block.shape[1], left + place % block.shape[1]
    return Link(query, key, float(matrix[query, key]))
