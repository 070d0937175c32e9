"""What can be said of the numbers of one tensor: statistics, histogram, rank. NumPy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

BINS = 24
#: What is nearer to zero than this part of the deviation counts as near zero.
NEAR_ZERO = 0.1
#: Numbers from which on a rank would have to be waited for.
_MOST_FOR_RANK = 1 << 22
#: The distance from 1 to the next number of single precision.
SINGLE = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all numbers of a tensor. The deviation divides by n; the norm is the root of the sum of squares."""

    count: int
    """So many are finite; what follows is of them, and NaN where there is none."""
    not_finite: int
    """So many more are NaN or infinite."""
    mean: float
    deviation: float
    minimum: float
    maximum: float
    norm: float
    near_zero: float
    """The share of the numbers that are less than a tenth of the deviation away from zero."""


@dataclass(frozen=True, slots=True)
class Rank:
    """How many directions a matrix has."""

    rank: int
    """Singular values above what rounding makes of zero."""
    stable: float
    """The sum of the squares of the singular values by that of the largest: how many carry the matrix."""


def statistics(values: np.ndarray) -> Statistics:
    """The statistics of an array of any shape, in double precision."""
    flat = values[np.isfinite(values)].astype(np.float64)
    if not len(flat):
        return Statistics(0, values.size, *[math.nan] * 6)
    deviation = float(flat.std())
    return Statistics(
        count=len(flat),
        not_finite=values.size - len(flat),
        mean=float(flat.mean()),
        deviation=deviation,
        minimum=float(flat.min()),
        maximum=float(flat.max()),
        norm=float(np.sqrt((flat**2).sum())),
        near_zero=float((np.abs(flat) <= NEAR_ZERO * deviation).mean()),
    )


def histogram(values: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (bins + 1,) and counts (bins,) of the finite numbers, from the smallest to the largest."""
    counts, edges = np.histogram(values[np.isfinite(values)], bins=bins)
    return edges, counts


def rank_of(matrix: np.ndarray, epsilon: float = SINGLE) -> Rank | None:
    """The ranks of a matrix; None for a vector, for zeros, and for what is too large or not finite.

    By the eigenvalues of the smaller of its two products with itself, in double precision. `epsilon` is
    that of the precision which the numbers were kept in: a snapshot's is half.
    """
    if matrix.ndim != 2 or min(matrix.shape) < 2 or matrix.size > _MOST_FOR_RANK:
        return None
    if not np.isfinite(matrix).all() or not matrix.any():
        return None
    double = matrix.astype(np.float64)
    product = double.T @ double if double.shape[0] >= double.shape[1] else double @ double.T
    squares = np.maximum(np.linalg.eigvalsh(product), 0.0)
    # Single precision is what the model reckons in. What rounding changed is a matrix whose norm is at most
    # half an epsilon of this one's, and no singular value is moved further than that (Weyl 1912).
    reckoned, kept = (max(matrix.shape) * SINGLE) ** 2 * squares[-1], (epsilon / 2) ** 2 * squares.sum()
    return Rank(int((squares > max(reckoned, kept)).sum()), float(squares.sum() / squares[-1]))
