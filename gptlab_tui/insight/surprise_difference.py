"""Two models on one text, piece by piece, whatever their tokenizers.

Tokens of different tokenizers cannot be set against each other, but stretches of the text can: between
two places where both have a border, each model paid its bits for the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.insight.surprise import Surprise


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """S stretches of a text, each the shortest that both models cut alike.

    What comes before the first common border is left out, since the first token is told by neither.
    """

    starts: np.ndarray
    """(S,) bytes of the text before each stretch."""
    ends: np.ndarray
    """(S,) likewise, after it."""
    first_bits: np.ndarray
    """(S,) what the stretch cost the first model."""
    second_bits: np.ndarray
    """(S,) what it cost the second."""

    @property
    def bits(self) -> np.ndarray:
        """(S,) the first less the second: above 0 where the first is the more surprised."""
        more: np.ndarray = self.first_bits - self.second_bits
        return more

    @property
    def size_bytes(self) -> int:
        """Bytes of all stretches."""
        return int((self.ends - self.starts).sum())

    @property
    def bits_per_byte(self) -> tuple[float, float]:
        """Of the first and of the second, on the same bytes."""
        size = self.size_bytes
        return float(self.first_bits.sum()) / size, float(self.second_bits.sum()) / size


def difference(first: Surprise, second: Surprise) -> Difference:
    """The two set against each other; for tokens of one tokenizer a stretch is a token.

    Raises GPTLabError where they are not of the same bytes, or have no common border.
    """
    ends = np.cumsum(first.lengths), np.cumsum(second.lengths)
    if ends[0][-1] != ends[1][-1]:
        raise GPTLabError(
            "The two models did not read the same characters of the text.",
            "Leave out what one of them lacks, with --unknown skip.",
        )
    borders = np.intersect1d(ends[0], ends[1])
    if len(borders) < 2:
        raise GPTLabError(
            "The two models have no common border within the text, so nothing can be compared.",
            "Give a longer text.",
        )
    paid = []
    for found, own in zip((first, second), ends, strict=True):
        total = np.cumsum(np.where(np.isnan(found.bits), 0.0, found.bits))[np.searchsorted(own, borders)]
        paid.append(np.diff(total))
    return Difference(borders[:-1], borders[1:], paid[0], paid[1])
