"""A model with some of its attention heads switched off, which shares all else with the one it came from."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from itertools import chain
from typing import cast

import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.gpt import GPT, Block


def without_heads(model: GPT, heads: Iterable[tuple[int, int]]) -> GPT:
    """A model in which what those heads (layer, head) found out reaches nobody.

    The columns of `c_proj` that read a head are zero, so it adds nothing to the residual stream, whatever
    it looks at (zero ablation). Only the changed matrices are copied; every path through the model, with
    cache or without, can be used. Raises GPTLabError for a head that the model has not.
    """
    chosen = sorted(set(heads))
    n_layer, n_head = model.config.n_layer, model.config.n_head
    for layer, head in chosen:
        if not (0 <= layer < n_layer and 0 <= head < n_head):
            raise GPTLabError(
                f"There is no head {head} in layer {layer}.",
                f"Layers go from 0 to {n_layer - 1}, heads from 0 to {n_head - 1}.",
            )
    changed = {id(_block(model, layer).attn.c_proj.weight) for layer, _ in chosen}
    shared = {id(one): one for one in chain(model.parameters(), model.buffers()) if id(one) not in changed}
    copy = deepcopy(model, shared)
    width = model.config.n_embd // n_head
    with torch.no_grad():
        for layer, head in chosen:
            weight = _block(copy, layer).attn.c_proj.weight  # (C, C), heads side by side in its columns
            weight[:, head * width : (head + 1) * width] = 0.0
    return copy


def _block(model: GPT, layer: int) -> Block:
    return cast(Block, model.transformer.h[layer])
