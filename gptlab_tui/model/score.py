"""How well a model predicts a text: the mean loss over consecutive windows of it.

The windows do not overlap; what is left at the end is a shorter one. So every token but the first
is a target exactly once, and two models with one tokenizer and context see the same questions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gptlab_tui.model.gpt import GPT


@dataclass(frozen=True, slots=True)
class Score:
    """Sums over the tokens that were predicted."""

    nats: float = 0.0
    tokens: int = 0
    size_bytes: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.nats + other.nats, self.tokens + other.tokens, self.size_bytes + other.size_bytes)

    @property
    def loss(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens

    @property
    def bits_per_byte(self) -> float:
        """nats / ln 2 / UTF-8 bytes of the targets: compares models with different tokenizers."""
        return self.nats / math.log(2) / self.size_bytes


def score_in_batches(
    model: GPT,
    tokens: np.ndarray,
    token_lengths: np.ndarray,
    limit: int | None = None,
    precision: AbstractContextManager[Any] | None = None,
    temperature: float = 1.0,
) -> Iterator[Score]:
    """Scores a text batch by batch, so that somebody waiting can be served in between.

    `tokens` (N,) ids, `token_lengths` (V,) UTF-8 bytes of every token, `limit` how many targets at
    most; the logits are divided by `temperature`. The model is put in evaluation mode while a batch is
    computed and back after it.
    """
    targets = len(tokens) - 1 if limit is None else min(len(tokens) - 1, limit)
    T = model.config.block_size
    per_batch = max(1, min(4096, (1 << 24) // model.vocab_size) // T)  # windows: one, or logits below 64 MiB
    for start, rows, width in _pieces(targets, T, per_batch):
        window = np.asarray(tokens[start : start + rows * width + 1]).astype(np.int64)
        idx, wanted = window[:-1].reshape(rows, width), window[1:].reshape(rows, width)
        nats = _nats(model, idx, wanted, precision or nullcontext(), temperature)
        yield Score(nats, wanted.size, int(token_lengths[wanted].sum()))


def _pieces(targets: int, T: int, per_batch: int) -> Iterator[tuple[int, int, int]]:
    """(start, windows, width) of every batch: full windows first, then the shorter rest."""
    full = targets // T
    for first in range(0, full, per_batch):
        yield first * T, min(per_batch, full - first), T
    if targets % T:
        yield full * T, 1, targets % T


def _nats(
    model: GPT,
    idx: np.ndarray,
    targets: np.ndarray,
    precision: AbstractContextManager[Any],
    temperature: float,
) -> float:
    device = model.lm_head.weight.device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), precision:
            logits: Tensor = model(torch.from_numpy(idx).to(device))
            wanted = torch.from_numpy(targets).to(device).flatten()
            scaled = logits.flatten(0, 1).float()
            if temperature != 1:
                scaled = scaled / temperature
            losses = F.cross_entropy(scaled, wanted, reduction="none")
            return float(losses.cpu().double().sum())  # Metal has no double precision
    finally:
        model.train(was_training)
