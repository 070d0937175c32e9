"""What comes next by counting alone: after the last n - 1 tokens, what followed them in the training text.

Beside the counts stands the estimate of `ngrams`, interpolated Kneser-Ney, here for one context and the
whole vocabulary. The places of a context are looked up in the text itself; what needs a pass over all
n-grams, their discounts, is computed once and then kept in the home's cache.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.files import atomic_file
from gptlab_tui.text.ngrams import MOST_TOKENS, Cancelled, Floats, Keys, discount, table
from gptlab_tui.text.token_files import TokenFiles

#: The longest n-grams that are looked at.
HIGHEST = 5
_FORMAT = 1

Tokens = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Discounts:
    """What is taken from every count of an n-gram, by its length from 1 on."""

    highest: tuple[float, ...]
    """Of counts, where the length is the order of the table."""
    lower: tuple[float, ...]
    """Of how many tokens come before each, where it is below that."""


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """What a table of order n says after one context."""

    order: int
    context: tuple[int, ...]
    """The last n - 1 tokens."""
    seen: int
    """How often these are followed by a token in the training text."""
    counts: Keys
    """(V,) how often by each; they add up to `seen`."""
    estimate: Floats
    """(V,) their probabilities by interpolated Kneser-Ney; where the context is new, the order below's."""


def highest_order(vocab_size: int) -> int:
    """The longest n-grams, at most `HIGHEST`, of which each has a key of 64 bits."""
    return min(HIGHEST, int(62.9 / math.log2(max(2, vocab_size))))


def discounts(tokens: TokenFiles, home: Home, cancelled: Cancelled = lambda: False) -> Discounts | None:
    """The discounts of an encoded text, computed once and then kept; seconds for millions of tokens.

    None where `cancelled()` became true; that is asked between the lengths.
    """
    path = home.cache / "ngrams" / f"{tokens.digest[:32]}-discounts.json"
    known = _read(path, tokens.digest)
    if known is not None:
        return known
    train, highest, lower = tokens.train[-MOST_TOKENS:], [], []
    for length in range(1, min(highest_order(tokens.vocab_size), len(train) - 1) + 1):
        if cancelled():
            return None
        highest.append(discount(table(train, tokens.vocab_size, length, True)[1]))
        if length < highest_order(tokens.vocab_size):
            lower.append(discount(table(train, tokens.vocab_size, length, False)[1]))
    found = Discounts(tuple(highest), tuple(lower))
    record = {"format": _FORMAT, "digest": tokens.digest, **asdict(found)}
    with suppress(OSError, GPTLabError), atomic_file(path) as file:
        file.write(json.dumps(record).encode())
    return found


def following(
    train: Tokens, context: Sequence[int] | NDArray[Any], vocab_size: int, less: Discounts
) -> list[Following]:
    """What follows the end of a context in a training text, for each order from 1 on.

    There are as many orders as `less` has, and as the context has tokens, and one. Of a longer text
    than `MOST_TOKENS` its end is looked at, as `ngrams` does.
    """
    train = train[-MOST_TOKENS:]
    last = [int(token) for token in context]
    found: list[Following] = []
    below: Floats = np.full(vocab_size, 1.0 / vocab_size)
    places = np.arange(len(train))
    for order in range(1, min(len(less.highest), len(last) + 1) + 1):
        if order > 1:  # of the places so far those that have one token more in common
            places = places[places >= order - 1]
            places = places[train[places - (order - 1)] == last[-(order - 1)]]
        counts = np.bincount(train[places], minlength=vocab_size).astype(np.int64)
        estimate = _interpolated(counts, less.highest[order - 1], below)
        found.append(
            Following(order, tuple(last[len(last) - order + 1 :]), int(counts.sum()), counts, estimate)
        )
        if order <= len(less.lower):
            kinds = _kinds_before(train, places[places >= order], order, vocab_size)
            below = _interpolated(kinds, less.lower[order - 1], below)
    return found


def _kinds_before(train: Tokens, places: NDArray[np.intp], order: int, vocab_size: int) -> Keys:
    """For each token that follows at the places, how many different ones stand before the context: (V,)"""
    pairs = np.unique(train[places - order].astype(np.int64) * vocab_size + train[places])
    return np.bincount(pairs % vocab_size, minlength=vocab_size).astype(np.int64)


def _interpolated(counts: Keys, less: float, lower: Floats) -> Floats:
    """P of one order, (V,), given P of the order below; that itself where nothing was counted."""
    total = int(counts.sum())
    if not total:
        return lower
    kinds = int((counts > 0).sum())
    mixed: Floats = np.maximum(counts - less, 0.0) / total + less * kinds / total * lower
    return mixed


def _read(path: Path, digest: str) -> Discounts | None:
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["format"] != _FORMAT or record["digest"] != digest:
            return None
        return Discounts(*(tuple(map(float, record[key])) for key in ("highest", "lower")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
