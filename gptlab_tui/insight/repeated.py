"""Induction where nothing else helps: random tokens that come twice (Olsson et al. 2022)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gptlab_tui.insight.watching import Stopped
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.gpt import GPT

#: So many queries, or a few more, are what a score is the mean of, in texts of any length.
_QUERIES = 1024
#: Attention weights that are held at once, in bytes, unless those of a single text are more.
_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Repeated:
    """What every head makes of random tokens and the same again."""

    scores: np.ndarray
    """(n_layer, n_head): the mean weight of a token of the second half on the one after that which it
    repeats, 0 to 1; not a number where it was not measured."""
    even: float
    """The same of a head that looks at all tokens it can see alike."""
    tokens: int
    """Of one half. They all differ, so that one key alone is right and an ideal head has 1."""


def not_repeated(model: GPT) -> Repeated:
    """In place of scores that are not known, or that a context of less than four tokens cannot have."""
    return Repeated(np.full((model.config.n_layer, model.config.n_head), np.nan), math.nan, 0)


def repeated(model: GPT, stopped: Stopped = lambda: False) -> Repeated | None:
    """Measures them; None where it was stopped. The tokens are the same each time."""
    half = min(model.config.block_size // 2, model.vocab_size)
    if half < 2:
        return not_repeated(model)
    generator = torch.Generator().manual_seed(1337)
    texts = [
        torch.randperm(model.vocab_size, generator=generator)[:half] for _ in range(-(-_QUERIES // half))
    ]
    queries = torch.arange(half, 2 * half)
    total = np.zeros((model.config.n_layer, model.config.n_head))
    size = texts_at_once(model, 2 * half)
    for first in range(0, len(texts), size):
        if stopped():
            return None
        idx = torch.stack(texts[first : first + size]).repeat(1, 2)  # (B, 2 half)
        for layer, weights in enumerate(attention_weights(model, idx)):
            on_it = weights[..., queries, queries - half + 1]  # (B, nh, half)
            total[layer] += on_it.double().sum(dim=(0, 2)).numpy()
    return Repeated(total / (len(texts) * half), float((1 / (1.0 + queries)).mean()), half)


def texts_at_once(model: GPT, T: int) -> int:
    """Of how many texts of T tokens all attention weights may be held."""
    one = 4 * model.config.n_layer * model.config.n_head * T * T
    return max(1, _BYTES // one)


@torch.inference_mode()
def attention_weights(model: GPT, idx: Tensor) -> list[Tensor]:
    """(B, T) -> of each layer (B, nh, T, T), single precision on the CPU."""
    capture = Capture(wanted=lambda name: name.endswith(".weights"))
    model.hidden(idx.to(model.lm_head.weight.device), capture=capture)
    return [capture[f"h.{layer}.weights"].float().cpu() for layer in range(model.config.n_layer)]
