"""A model's next token beside what the corpus's own counts say after the same context."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.ngram_next import Discounts, Following, Tokens, following


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
