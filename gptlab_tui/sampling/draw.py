"""Luck that can be repeated: one number per (seed, sample, position), turned into a token.

The number is a hash of where it is used, not the next one of a stream. So a changed knob, another
size of the batch, the cache or a text taken up again in its middle all see the same luck, and two
texts differ only where the distributions do.
"""

from __future__ import annotations

import torch
from torch import Tensor

_MASK = (1 << 64) - 1


def uniform(seed: int, sample: int, position: int) -> float:
    """A number in [0, 1), a multiple of 2^-53, for the token at `position` of text `sample`.

    Each part goes through SplitMix64's mixing function (Steele, Lea and Flood 2014) in turn.
    """
    return (_mix(_mix(_mix(seed) ^ sample) ^ position) >> 11) * 2.0**-53


def _mix(value: int) -> int:
    """One step of SplitMix64: 64 bits in, 64 bits out, one to one."""
    z = (value + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def draw(weights: Tensor, luck: Tensor) -> Tensor:
    """The inverse of the cumulative distribution: weights (B, V) and luck (B,) -> token ids (B,)

    The token is the first one whose share of the weights, added to those of all lower ids, exceeds
    the luck; the weights need not sum to one. A token of weight zero is never drawn. Where the
    weights of a row are not finite the answer is V, which is no token.
    """
    reached = weights.cumsum(-1)  # (B, V)
    # Luck is at most 1 - 2^-53, which no rounding lifts: the goal stays below the total.
    goal = luck[:, None] * reached[:, -1:]
    return torch.searchsorted(reached, goal, right=True)[:, 0]


def draw_many(weights: Tensor, luck: Tensor) -> Tensor:
    """The same for many draws from one distribution: weights (V,) and luck (n,) -> token ids (n,)"""
    reached = weights.cumsum(-1)
    return torch.searchsorted(reached, luck * reached[-1], right=True)
