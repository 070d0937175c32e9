"""The KV cache: what the attention has already computed for the tokens so far.

Equal to no cache up to the context. Past it, models whose positions are relative (rotary, ALiBi,
T5's) slide: the oldest keys leave, and those that stay remember hidden states that had seen them.
Learned and sinusoidal positions are absolute, so their cache has to be filled anew.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gptlab_tui.config import ModelConfig

SLIDING = ("rope", "alibi", "relative")


class LayerCache:
    """Keys and values of one layer, (B, nh, S, hs) each, and the last inputs of its convolutions."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.length = 0
        self._pairs: Tensor | None = None  # keys, then values: (2, B, nh, 2 capacity, hs)
        self._start = 0
        self._recent: dict[str, Tensor] = {}

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Adds T new keys and values, lets the oldest go, and returns all that are held."""
        return self.append_pair(torch.stack((k, v)))

    def append_pair(self, pair: Tensor) -> tuple[Tensor, Tensor]:
        """The same for keys and values in one tensor, (2, B, nh, T, hs).

        The buffer is twice the capacity, so a full window moves to its front once in a while
        instead of at every token.
        """
        _, B, nh, T, hs = pair.shape
        if self._pairs is None:
            self._pairs = pair.new_empty(2, B, nh, 2 * self.capacity, hs)
        end = self._start + self.length
        if end + T > 2 * self.capacity:
            self._pairs[..., : self.length, :] = self._pairs[..., self._start : end, :].clone()
            self._start, end = 0, self.length
        self._pairs.narrow(3, end, T).copy_(pair)
        self.length = length = min(self.length + T, self.capacity)
        self._start = start = end + T - length
        k, v = self._pairs.narrow(3, start, length).unbind(0)
        return k, v

    def clear(self) -> None:
        """Forgets everything but the buffers."""
        self._start = self.length = 0
        self._recent.clear()

    def recent(self, slot: str, x: Tensor, reach: int) -> Tensor:
        """`x` (B, T, C) with the `reach` inputs before it (zeros at the start): (B, T+reach, C)"""
        past = self._recent.get(slot)
        if past is None:
            past = x.new_zeros(x.size(0), reach, x.size(2))
        joined = torch.cat((past, x), dim=1)
        self._recent[slot] = joined[:, joined.size(1) - reach :]
        return joined


class Cache:
    """One `LayerCache` per layer, and the position of the next token."""

    def __init__(self, config: ModelConfig) -> None:
        self.slides = config.positions in SLIDING
        self.capacity = config.block_size
        self.position = 0
        self.layers = [LayerCache(config.block_size) for _ in range(config.n_layer)]

    @property
    def full(self) -> bool:
        """Whether the next token would not fit: the cache has to slide or to be filled anew."""
        return self.position >= self.capacity

    def clear(self) -> None:
        """Forgets everything: the next token is at position 0."""
        self.position = 0
        for layer in self.layers:
            layer.clear()

    def held_with(self, T: int) -> int:
        """How many keys the attention sees once T more tokens are in."""
        return min(self.layers[0].length + T, self.capacity)

    def advance(self, T: int) -> None:
        """Counts T tokens that every layer has taken in."""
        self.position += T
