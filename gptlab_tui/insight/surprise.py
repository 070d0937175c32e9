"""How surprised a model is by every token of a text: -log2 p of the token that really came."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import OpenModel


@dataclass(frozen=True, slots=True, eq=False)
class Surprise:
    """What a model made of N tokens. The first is only read: nothing came before it to tell it from."""

    ids: np.ndarray
    """(N,) token ids."""
    bits: np.ndarray
    """(N,) -log2 p of each token given those before it in its window; NaN for the first."""
    entropy_bits: np.ndarray
    """(N,) the surprise that the model itself expected: the entropy of its distribution; NaN likewise."""
    context: np.ndarray
    """(N,) how many tokens the model had read of the same window when it told this one; 0 for the first."""
    best: np.ndarray
    """(N,) the id that the model held most probable; -1 for the first."""
    best_bits: np.ndarray
    """(N,) -log2 p of that; NaN for the first."""
    lengths: np.ndarray
    """(N,) UTF-8 bytes of each token."""

    @property
    def tokens(self) -> int:
        """How many were told: N - 1."""
        return len(self.ids) - 1

    @property
    def size_bytes(self) -> int:
        """UTF-8 bytes of the tokens that were told."""
        return int(self.lengths[1:].sum())

    @property
    def bits_per_token(self) -> float:
        """The mean surprise; times ln 2 it is the loss in nats per token."""
        return float(self.bits[1:].mean())

    @property
    def bits_per_byte(self) -> float:
        """What compares models with different tokenizers."""
        return float(self.bits[1:].sum()) / self.size_bytes


@dataclass(frozen=True, slots=True)
class Window:
    """`width` tokens from `start` on are read, and what follows each of them but the first `skip` counts."""

    start: int
    width: int
    skip: int = 0


def windows(targets: int, block_size: int, overlapping: bool) -> list[Window]:
    """Windows in which each of `targets` tokens is told exactly once.

    Consecutive ones do not overlap, as in `gptlab eval`: the first tokens of each window are told from
    little. Overlapping ones move by half a context, so that from the second window on every token is
    told from half a context or more; that takes about twice as long.
    """
    whole = min(targets, block_size)
    found = [Window(0, whole)] if whole else []
    done = whole
    while done < targets:
        if overlapping:
            end = min(done + max(1, block_size // 2), targets)
            found.append(Window(end - block_size, block_size, block_size - (end - done)))
        else:
            end = min(done + block_size, targets)
            found.append(Window(done, end - done))
        done = end
    return found


def surprise(
    opened: OpenModel,
    ids: Sequence[int] | np.ndarray,
    *,
    overlapping: bool = True,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] | None = None,
) -> Surprise | None:
    """The surprise of every token of a text; for the windows see `windows`.

    None where `stopped()` became true, which is asked between batches; `tell(done, targets)` likewise.
    Raises GPTLabError where there are fewer than two tokens.
    """
    tokens = np.asarray(ids, dtype=np.int64)
    if len(tokens) < 2:
        raise GPTLabError(
            "The text has fewer than two tokens, so there is none to be surprised by.", "Give a longer one."
        )
    N = len(tokens)
    bits, entropy_bits, best_bits = (np.full(N, math.nan) for _ in range(3))
    context, best = np.zeros(N, dtype=np.int64), np.full(N, -1, dtype=np.int64)
    done = 0
    for batch in _batches(opened.model, windows(N - 1, opened.model.config.block_size, overlapping)):
        if stopped():
            return None
        rows = np.array([window.start for window in batch])[:, None] + np.arange(batch[0].width)  # (B, T)
        told = _tell(opened.model, tokens[rows], tokens[rows + 1])
        for row, window in enumerate(batch):
            target = slice(window.start + 1 + window.skip, window.start + 1 + window.width)
            for kept, numbers in zip((bits, entropy_bits, best_bits, best), told, strict=True):
                kept[target] = numbers[row, window.skip :]
            context[target] = np.arange(window.skip + 1, window.width + 1)
            done += window.width - window.skip
        if tell is not None:
            tell(done, N - 1)
    lengths = opened.tokenizer.token_lengths()[tokens]
    return Surprise(tokens, bits, entropy_bits, context, best, best_bits, lengths)


def _batches(model: GPT, found: list[Window]) -> Iterator[list[Window]]:
    """Windows of one width together, so few that their logits stay below 64 MiB."""
    for width, same in groupby(found, key=lambda window: window.width):
        alike = list(same)
        rows = max(1, min(4096, (1 << 24) // model.vocab_size) // width)
        yield from (alike[first : first + rows] for first in range(0, len(alike), rows))


@torch.inference_mode()
def _tell(model: GPT, idx: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, ...]:
    """Surprise, entropy and surprise of the most probable in bits, and the most probable; (B, T) each."""
    device = model.lm_head.weight.device
    log_q = model(torch.from_numpy(idx).to(device)).float().log_softmax(-1)  # (B, T, V)
    wanted = torch.from_numpy(targets).to(device)
    surprises = -log_q.gather(-1, wanted[..., None])[..., 0]
    largest, best = log_q.max(-1)
    entropy = -(log_q.exp() * log_q).sum(-1)
    in_bits = (nats.cpu().double().numpy() / math.log(2) for nats in (surprises, entropy, -largest))
    return (*in_bits, best.cpu().numpy())
