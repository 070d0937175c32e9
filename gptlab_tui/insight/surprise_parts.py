"""Where a model's surprise comes from: by position in the context, by class of token, by frequency.

No torch here, so that a front may count too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.insight.classes import CHARACTER_CLASSES, SUBWORD_CLASSES, class_of

if TYPE_CHECKING:
    from gptlab_tui.insight.surprise import Surprise
    from gptlab_tui.text.protocol import Tokenizer


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the tokens that were told, taken together."""

    name: str
    tokens: int
    size_bytes: int
    bits: float
    """Their surprise in all."""

    @property
    def bits_per_token(self) -> float:
        """Their mean surprise."""
        return self.bits / self.tokens

    @property
    def bits_per_byte(self) -> float:
        """Their surprise for each of their bytes."""
        return self.bits / self.size_bytes if self.size_bytes else 0.0


def by_context(found: Surprise) -> list[Part]:
    """By how many tokens had been read before: 1, 2, 3-4, 5-8, and so on in powers of two."""
    power = np.ceil(np.log2(np.maximum(found.context, 1))).astype(int)
    names = [str(1 << n) if n < 2 else f"{(1 << (n - 1)) + 1}-{1 << n}" for n in range(int(power.max()) + 1)]
    return _parts(found, power, names)


def by_position(found: Surprise) -> tuple[np.ndarray, np.ndarray]:
    """Mean surprise in bits after 1, 2, … tokens of context, and how many tokens each mean is of: (T,) both.

    Where there is none the mean is NaN.
    """
    count = np.bincount(found.context[1:])[1:]
    total = np.bincount(found.context[1:], weights=found.bits[1:])[1:]
    means: np.ndarray = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return means, count


def by_class(found: Surprise, tokenizer: Tokenizer) -> list[Part]:
    """By the class of the token: vowel, capital, word start, …; see `classes`."""
    names = list(dict.fromkeys((*CHARACTER_CLASSES, *SUBWORD_CLASSES)))
    subword = tokenizer.kind != "char"
    there = np.unique(found.ids)
    place = np.zeros(int(there[-1]) + 1, dtype=np.int64)
    place[there] = [names.index(class_of(tokenizer.token_bytes(int(token)), subword)) for token in there]
    return _parts(found, place[found.ids], names)


def by_frequency(found: Surprise, counts: np.ndarray) -> list[Part]:
    """By how often a token is in the training text, in powers of ten; `counts` (V,) are those."""
    often = counts[found.ids]
    digits = np.where(often > 0, np.floor(np.log10(np.maximum(often, 1))).astype(int) + 1, 0)
    names = ["never"]
    names += [f"{10 ** (n - 1):,}-{10**n - 1:,}" for n in range(1, int(digits.max()) + 1)]
    return _parts(found, digits, names)


def worst(found: Surprise, count: int) -> list[int]:
    """The places of the most surprising tokens, the worst first; of equal ones the earlier."""
    order = np.argsort(-found.bits[1:], kind="stable")[:count] + 1
    return [int(place) for place in order]


def _parts(found: Surprise, label: np.ndarray, names: Sequence[str]) -> list[Part]:
    """The tokens that were told by their label, a place in `names`; empty parts are left out."""
    label, size = label[1:], len(names)
    tokens = np.bincount(label, minlength=size)
    lengths = np.bincount(label, weights=found.lengths[1:], minlength=size)
    bits = np.bincount(label, weights=found.bits[1:], minlength=size)
    return [
        Part(name, int(tokens[at]), int(lengths[at]), float(bits[at]))
        for at, name in enumerate(names)
        if tokens[at]
    ]
