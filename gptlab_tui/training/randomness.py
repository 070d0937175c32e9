"""Every random draw of a training comes from (seed, step, micro-step, rank, purpose).

No stream is carried from step to step, so a run that is resumed after step N draws what a run that
never stopped draws, and no generator has to be saved.
"""

from __future__ import annotations

import hashlib

import numpy as np


def derive_seed(seed: int, purpose: str, step: int = 0, micro_step: int = 0, rank: int = 0) -> int:
    """A 63-bit seed for one draw; different in any argument, different in about every bit."""
    key = f"{seed}/{purpose}/{step}/{micro_step}/{rank}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 1


def permuted(index: np.ndarray, n: int, key: int) -> np.ndarray:
    """Where a random permutation of 0..n-1 takes each entry of `index` (int64, entries < n).

    A Feistel network walks until it lands below n (Black & Rogaway 2002, "Ciphers with arbitrary
    finite domains"): any part of the permutation is had without making the whole, so the order of
    an epoch needs no memory however long the corpus is.
    """
    half = max(1, (max(n - 1, 1).bit_length() + 1) // 2)
    mask = np.uint64((1 << half) - 1)
    result = index.astype(np.uint64)
    todo = np.ones(len(result), dtype=bool)
    while todo.any():
        left, right = result[todo] >> np.uint64(half), result[todo] & mask
        for round_number in range(6):
            left, right = right, left ^ (_mix(right, derive_seed(key, "round", round_number)) & mask)
        result[todo] = left << np.uint64(half) | right
        todo = result >= n
    return result.astype(np.int64)


def _mix(x: np.ndarray, key: int) -> np.ndarray:
    """SplitMix64's finaliser: (uint64) -> (uint64)"""
    with np.errstate(over="ignore"):
        x = x + np.uint64(key)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: np.ndarray = x ^ (x >> np.uint64(31))
    return mixed
