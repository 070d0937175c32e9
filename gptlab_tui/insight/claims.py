"""A number for what the eye claims to see in a picture of vectors, and beside it what chance gives.

Each claim is measured in all dimensions and in the picture. Where only the picture bears it out, it is
a work of the picture: an artefact. Chance is the same number after the labels have been dealt out anew
at random, many times; a claim holds where chance rarely gives as much. No torch here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gptlab_tui.insight.classes import numbered
from gptlab_tui.insight.flat import unit

#: How often chance is tried, also where a try is dear; and how many neighbours count.
DEALS, DEAR_DEALS, NEAR = 200, 100, 5
#: What chance gives no more often than this holds.
RARE = 0.05
#: What differs by rounding alone is as much.
_ROUNDING = 1e-9
#: More vectors are not measured pair by pair: that many take 0.1 GB.
MOST = 4096

Name = Literal["silhouette", "same_class", "adjacent", "by_distance", "kept", "together", "members"]
Where = Literal["space", "picture"]

#: What a claim says, in words.
WORDS: dict[Name, str] = {
    "silhouette": "silhouette of the classes",
    "same_class": "nearest is of the same class",
    "adjacent": "nearest is next in order",
    "by_distance": "likeness told by distance",
    "kept": f"{NEAR} nearest are truly nearest",
    "together": "mean cosine",
    "members": "nearest is in it",
}


@dataclass(frozen=True, slots=True)
class Chance:
    """What comes out where there is nothing to see: the mean, and 5 and 95 of 100 below."""

    mean: float
    low: float
    high: float
    p: float
    """(1 + k) / (1 + n): k of n deals give as much as what was found, or more (a permutation test)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number for something that one sees, or thinks that one sees."""

    name: Name
    where: Where
    """In all dimensions (by cosine), or in the picture (by the ruler)."""
    value: float
    chance: Chance

    @property
    def holds(self) -> bool:
        """Whether chance gives as much no more often than 5 times in 100."""
        return self.chance.p <= RARE


def cosines(vectors: np.ndarray) -> np.ndarray:
    """The cosine of every pair: (N, C) -> (N, N)"""
    directions = unit(np.asarray(vectors, np.float64))
    table: np.ndarray = directions @ directions.T
    return table


def distances(points: np.ndarray) -> np.ndarray:
    """The distance of every pair of points: (N, D) -> (N, N)"""
    squares = (points**2).sum(axis=1)
    table = squares[:, None] + squares - 2 * (points @ points.T)
    apart: np.ndarray = np.sqrt(np.maximum(table, 0.0))
    return apart


def nearest(apart: np.ndarray, count: int) -> np.ndarray:
    """The `count` nearest others of each, in order; of equally near ones the lower first: (N, N) -> (N, k)"""
    others = apart + np.diag(np.full(len(apart), np.inf))
    order: np.ndarray = np.argsort(others, axis=1, kind="stable")[:, : min(count, len(apart) - 1)]
    return order


def silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """The mean of (b - a) / max(a, b): a to its own class, b to the nearest other (Rousseeuw 1987).

    1: classes are far apart; 0: they run into each other; alone in its class counts as 0. NaN where there
    are fewer than two classes.
    """
    member = np.eye(int(labels.max()) + 1)[labels]  # (N, K)
    sizes = member.sum(axis=0)
    if (sizes > 0).sum() < 2:
        return float("nan")
    sums = apart @ member
    own = sizes[labels]
    rows = np.arange(len(labels))
    a = sums[rows, labels] / np.maximum(own - 1, 1)
    means = np.divide(sums, sizes, where=sizes > 0, out=np.full_like(sums, np.inf))
    means[rows, labels] = np.inf
    b = means.min(axis=1)
    widths = np.divide(b - a, np.maximum(a, b), where=np.maximum(a, b) > 0, out=np.zeros(len(labels)))
    return float(np.where(own > 1, widths, 0.0).mean())


def told_by_distance(likeness: np.ndarray) -> float:
    """The share of the variance of a table (T, T) that |i - j| alone explains; the diagonal is left out.

    1 where a table is the same along each of its diagonals, as it is where positions code how far apart
    they are and nothing else.
    """
    T = len(likeness)
    rows, columns = np.triu_indices(T, 1)
    values = likeness[rows, columns]
    steps = columns - rows
    means = np.bincount(steps, values) / np.maximum(np.bincount(steps), 1)
    total = ((values - values.mean()) ** 2).sum()
    return float(1 - ((values - means[steps]) ** 2).sum() / total) if total > 0 else float("nan")


def by_chance(found: float, measure: Callable[[np.ndarray], float], size: int, deals: int = DEALS) -> Chance:
    """What `measure` gives for random orders (N,) of so many things, beside what was found.

    The deals are the same ones each time. What is NaN is never more than chance.
    """
    generator = np.random.default_rng(0)
    return compared(found, [measure(generator.permutation(size)) for _ in range(deals)])


def compared(found: float, others: Sequence[float]) -> Chance:
    """What chance gave, beside what was found; NaN, and nothing rare, where there are no others."""
    values = np.array(others)
    if not len(values):
        return Chance(float("nan"), float("nan"), float("nan"), 1.0)
    low, high = np.quantile(values, [0.05, 0.95])
    less = int((values < found - _ROUNDING).sum())
    return Chance(float(values.mean()), float(low), float(high), (1 + len(values) - less) / (1 + len(values)))


def claim(
    name: Name, where: Where, measure: Callable[[np.ndarray], float], size: int, deals: int = DEALS
) -> Claim:
    """What `measure` gives for so many things in their order (N,), and for random orders of them."""
    value = measure(np.arange(size))
    return Claim(name, where, value, by_chance(value, measure, size, deals))


def class_claims(vectors: np.ndarray, picture: np.ndarray, classes: Sequence[str]) -> list[Claim]:
    """How well the classes of N vectors (N, C) hold together, in truth and in their picture (N, 2)."""
    labels = np.array(numbered(classes))
    if labels.max() == 0:
        return [_kept(vectors, picture)]
    found = []
    for where, apart in _both(vectors, picture):
        first = nearest(apart, 1)[:, 0]

        def near(order: np.ndarray, first: np.ndarray = first) -> float:
            dealt = labels[order]
            return float((dealt[first] == dealt).mean())

        def wide(order: np.ndarray, apart: np.ndarray = apart) -> float:
            return silhouette(apart, labels[order])

        deals = DEALS if len(labels) <= 500 else DEAR_DEALS
        found.append(claim("silhouette", where, wide, len(labels), deals))
        found.append(claim("same_class", where, near, len(labels)))
    return [*sorted(found, key=lambda claim: claim.name != "silhouette"), _kept(vectors, picture)]


def order_claims(vectors: np.ndarray, picture: np.ndarray) -> list[Claim]:
    """How well positions (T, C) lie in their order, in truth and in their picture (T, 2)."""
    found = []
    for where, apart in _both(vectors, picture):
        first = nearest(apart, 1)[:, 0]

        def beside(order: np.ndarray, first: np.ndarray = first) -> float:
            return float((np.abs(order[first] - order) == 1).mean())

        found.append(claim("adjacent", where, beside, len(first)))
    likeness = cosines(vectors)

    def straight(order: np.ndarray) -> float:
        return told_by_distance(likeness[np.ix_(order, order)])

    return [
        *found,
        claim("by_distance", "space", straight, len(vectors)),
        _kept(vectors, picture),
    ]


def _both(vectors: np.ndarray, picture: np.ndarray) -> list[tuple[Where, np.ndarray]]:
    return [("space", 1 - cosines(vectors)), ("picture", distances(np.asarray(picture, np.float64)))]


def _kept(vectors: np.ndarray, picture: np.ndarray) -> Claim:
    """The share of the picture's nearest that are among the nearest in all dimensions."""
    (_, true), (_, drawn) = _both(vectors, picture)
    near, seen = nearest(true, NEAR), nearest(drawn, NEAR)
    is_near = np.zeros(true.shape, dtype=bool)  # so that a deal only looks up
    np.put_along_axis(is_near, near, True, axis=1)

    def share(order: np.ndarray) -> float:
        # the point drawn at place i is now order[i]
        return float(is_near[order[:, None], order[seen]].mean())

    return claim("kept", "picture", share, len(near))
