"""Counting a text that streams by: characters, pairs of characters, and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.text.char_tokenizer import CODE_POINTS, code_points
from gptlab_tui.text.pieces import safe_pieces

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
"""A word: letters, also with hyphens and apostrophes between them; counted in lower case."""

_KEYS_HELD = 1 << 20


class Tally:
    """Counts of one part of a text. Memory grows with its vocabulary, not with its length.

    A word that lies across the border of two parts counts as two, as it will for the model.
    """

    def __init__(self) -> None:
        self.of_code = np.zeros(CODE_POINTS, dtype=np.int64)  # by code point
        self.words: Counter[str] = Counter()
        self.ends_with_newline = True

    def add(self, chunks: Iterable[str], pairs: PairTally) -> None:
        """Count a part; `pairs` goes on over the parts, as the text does."""
        for piece in safe_pieces(chunks):
            codes = code_points(piece)
            counts = np.bincount(codes)
            self.of_code[: counts.size] += counts
            pairs.add(codes)
            self.words.update(WORD.findall(piece.lower()))
            self.ends_with_newline = piece.endswith("\n")


class PairTally:
    """How often each character follows each other one."""

    def __init__(self) -> None:
        self._keys: NDArray[np.int64] = np.empty(0, dtype=np.int64)  # sorted; first << 32 | second
        self._counts: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._last: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)

    def add(self, codes: NDArray[np.uint32]) -> None:
        """Count the pairs of a part of the text, (T,), and the one over its border to the last part."""
        joined = np.concatenate([self._last, codes])
        self._last = joined[-1:]
        for start in range(0, joined.size - 1, _KEYS_HELD):
            part = joined[start : start + _KEYS_HELD + 1].astype(np.int64)
            keys, counts = np.unique(part[:-1] << 32 | part[1:], return_counts=True)
            self._keys, places = np.unique(np.concatenate([self._keys, keys]), return_inverse=True)
            weights = np.concatenate([self._counts, counts])
            self._counts = np.bincount(places, weights=weights, minlength=self._keys.size).astype(np.int64)

    def conditional_entropy(self) -> float:
        """Bits per character once the character before is known: H(first, second) - H(first)."""
        _, places = np.unique(self._keys >> 32, return_inverse=True)
        return entropy(self._counts) - entropy(np.bincount(places, weights=self._counts))


def entropy(counts: NDArray[np.int64] | NDArray[np.float64]) -> float:
    """- sum p log2 p of counts, in bits; 0 where there is nothing."""
    positive = counts[counts > 0].astype(np.float64)
    shares = positive / positive.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0  # never -0.0


def by_character(of_code: NDArray[np.int64]) -> dict[str, int]:
    """Character -> how often, in order of code point, from counts by code point."""
    codes = np.flatnonzero(of_code)
    return dict(zip(map(chr, codes.tolist()), of_code[codes].tolist(), strict=True))
