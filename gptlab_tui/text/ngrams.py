"""What simple models reach on a text: n-gram tables with interpolated Kneser-Ney smoothing.

They tell a learner whether a loss curve is normal. An order is learnt from the training part and
measured on the validation part, in nats per token, like a model's loss.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.files import atomic_file
from gptlab_tui.text.token_files import TokenFiles

#: Longer training parts are learnt from their last so many tokens: a table has to fit into memory.
MOST_TOKENS = 20_000_000
ORDERS = 3
_FORMAT = 1

Keys = NDArray[np.int64]
Floats = NDArray[np.float64]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Baselines:
    """Losses of models that are no network, in nats per token."""

    uniform: float
    """ln V: every token is as likely as any other."""
    orders: tuple[float, ...]
    """Unigram, bigram, trigram."""


def baselines(tokens: TokenFiles, home: Home, cancelled: Cancelled = lambda: False) -> Baselines | None:
    """The baselines of an encoded text, computed once and then kept in the home's cache.

    None where `cancelled()` became true; that is asked between the orders.
    """
    path = home.cache / "ngrams" / f"{tokens.digest[:32]}.json"
    known = _read(path, tokens.digest)
    if known is not None:
        return known
    train = tokens.train[-MOST_TOKENS:]
    losses = []
    for order in range(1, ORDERS + 1):
        if cancelled():
            return None
        losses.append(kneser_ney_loss(train, tokens.val, tokens.vocab_size, order))
    found = Baselines(math.log(tokens.vocab_size), tuple(losses))
    record = {"format": _FORMAT, "digest": tokens.digest, "uniform": found.uniform, "orders": losses}
    with suppress(OSError, GPTLabError), atomic_file(path) as file:
        file.write(json.dumps(record).encode())
    return found


def kneser_ney_loss(
    train: NDArray[np.unsignedinteger[Any]],
    val: NDArray[np.unsignedinteger[Any]],
    vocab_size: int,
    order: int,
) -> float:
    """Mean of -ln P over all tokens of `val` but the first, under a table of `order` learnt from `train`.

    Interpolated Kneser-Ney with one discount an order, D = n1 / (n1 + 2 n2); the lowest order falls
    back on the uniform distribution. The text before `val` is the end of `train`. Raises
    ValueError where one of the parts is too short, or `vocab_size ** order` beyond 64 bits.
    """
    if len(train) < order or len(val) < 2:
        raise ValueError("a table needs a text")
    if order * math.log2(max(2, vocab_size)) >= 63:
        raise ValueError("so many tokens in so long a context have no key of 64 bits")
    before = min(len(train), max(0, order - 2))
    scored = np.concatenate([train[len(train) - before :], val]).astype(np.int64)
    count = len(val) - 1
    probability: Floats = np.full(count, 1.0 / vocab_size)
    for length in range(1, order + 1):
        keys, counts = table(train, vocab_size, length, length == order)
        asked = _keys(scored, vocab_size, length)[-count:]
        probability = _interpolated(keys, counts, asked, vocab_size, probability)
    return float(-np.log(probability).mean())


def _keys(tokens: NDArray[Any], vocab_size: int, length: int) -> Keys:
    """Every window of so many tokens as one number, the oldest token in the highest place."""
    count = len(tokens) - length + 1
    keys = np.zeros(count, dtype=np.int64)
    for place in range(length):
        keys *= vocab_size
        keys += tokens[place : place + count].astype(np.int64)
    return keys


def table(train: NDArray[Any], vocab_size: int, length: int, highest: bool) -> tuple[Keys, Keys]:
    """The n-grams of a length and their counts; below the highest order, how many tokens come before each."""
    if highest:
        keys, counts = np.unique(_keys(train, vocab_size, length), return_counts=True)
    else:
        longer = np.unique(_keys(train, vocab_size, length + 1))
        keys, counts = np.unique(longer % vocab_size**length, return_counts=True)
    return keys, counts.astype(np.int64)


def discount(counts: Keys) -> float:
    """What is taken from every count, from how many are 1 and 2; a half where there are none."""
    ones, twos = int((counts == 1).sum()), int((counts == 2).sum())
    return ones / (ones + 2 * twos) if ones and twos else 0.5


def _interpolated(keys: Keys, counts: Keys, asked: Keys, vocab_size: int, lower: Floats) -> Floats:
    """P of one order for every n-gram that is asked for, given P of the order below."""
    contexts, first = np.unique(keys // vocab_size, return_index=True)
    totals = np.add.reduceat(counts, first)
    kinds = np.diff(np.append(first, len(keys)))
    less = discount(counts)
    at, seen = _find(contexts, asked // vocab_size)
    total = totals[at]
    own, known = _find(keys, asked)
    kept = np.where(known, np.maximum(counts[own] - less, 0.0), 0.0)
    mixed = kept / total + less * kinds[at] / total * lower
    return np.where(seen, mixed, lower)


def _find(table: Keys, asked: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each is in a sorted table, and whether it is there at all."""
    at = np.minimum(np.searchsorted(table, asked), len(table) - 1)
    return at, table[at] == asked


def _read(path: Path, digest: str) -> Baselines | None:
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["format"] != _FORMAT or record["digest"] != digest:
            return None
        return Baselines(float(record["uniform"]), tuple(float(loss) for loss in record["orders"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
