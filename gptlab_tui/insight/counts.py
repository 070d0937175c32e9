"""A model's next token beside what the corpus's own counts say after the same context."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.escapes import escaped_pieces
from gptlab_tui.text.ngram_next import Discounts, Following, Tokens, following
from gptlab_tui.text.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Distributions of the token after one text."""

    model: np.ndarray
    """(V,) the model's own probabilities, before any filter."""
    orders: tuple[Following, ...]
    """Those of the n-gram tables, from n = 1 on."""
    divergence_bits: tuple[float, ...]
    """KL(model || estimate) of each order: how far the model is from saying the same."""

    @property
    def nearest(self) -> int:
        """The order whose estimate the model is nearest to."""
        return int(np.argmin(self.divergence_bits)) + 1

    def likeliest(self, count: int) -> list[int]:
        """The tokens that the model or a table holds most probable, in the model's order."""
        largest = np.max([self.model, *(one.estimate for one in self.orders)], axis=0)
        most = np.argsort(-largest, kind="stable")[:count]
        return [int(token) for token in most[np.argsort(-self.model[most], kind="stable")]]

    def to_json(self, tokenizer: Tokenizer, count: int) -> dict[str, Any]:
        """The orders, the nearest of them, and the likeliest tokens, as a JSON object."""
        tokens = self.likeliest(count)
        return {
            "orders": [
                {
                    "n": one.order,
                    "context": "".join(escaped_pieces(one.context, tokenizer)),
                    "seen": one.seen,
                    "divergence_bits": bits,
                }
                for one, bits in zip(self.orders, self.divergence_bits, strict=True)
            ],
            "nearest": self.nearest,
            "tokens": [
                {
                    "id": token,
                    "piece": piece,
                    "probability": float(self.model[token]),
                    "estimates": [float(one.estimate[token]) for one in self.orders],
                    "counts": [int(one.counts[token]) for one in self.orders],
                }
                for token, piece in zip(tokens, escaped_pieces(tokens, tokenizer), strict=True)
            ],
        }


def beside_counts(
    opened: OpenModel, ids: Sequence[int] | np.ndarray, train: Tokens, less: Discounts
) -> Counts:
    """Both for the token after `ids`, of which the model reads the last that fit its context.

    `train` is the run's training part, `less` its discounts. Raises GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to continue.", 'Give one, such as "A figura".')
    if not less.highest:
        raise GPTLabError(
            "The run's text is too short to count n-grams in.", "Take a run with a longer text."
        )
    model = opened.model
    kept = [int(token) for token in ids[-model.config.block_size :]]
    with torch.inference_mode():
        logits = model(torch.tensor([kept], device=model.lm_head.weight.device))[0, -1]
        chances = logits.cpu().double().softmax(-1).numpy()
    orders = tuple(following(train, kept, opened.tokenizer.vocab_size, less))
    return Counts(chances, orders, tuple(divergence_bits(chances, one.estimate) for one in orders))


def divergence_bits(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p || q) in bits; q must be above 0 wherever p is."""
    there = p > 0
    return max(0.0, float((p[there] * np.log(p[there] / q[there])).sum()) / math.log(2))
