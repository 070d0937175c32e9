"""A sentence walked through a model, tensor by tensor, to the probabilities of the next token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.walk_block import walk_block, walk_norm
from gptlab_tui.insight.walk_lines import Book, Curve, Line
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.gpt import GPT, Block
from gptlab_tui.model.head_names import Heads
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.escapes import escaped_pieces


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """All the tensors between T tokens and what follows each of them."""

    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    dropped: int
    """Tokens of the text that came before these, and did not fit the context."""
    lines: tuple[Line, ...]
    """In the order in which they are computed; the last two are `logits` and `probabilities`."""
    curves: tuple[Curve, ...]
    contributions: tuple[tuple[str, np.ndarray], ...]
    """Who wrote the last residual stream: embedding, then attention and MLP of every layer, and of each
    the share (T,), <part, stream> / <stream, stream>; they sum to 1. Empty where blocks end in a norm,
    which leaves no sum."""
    difference: float
    """The largest difference of the logits from the model's own explicit path."""
    difference_fast: float
    """The same from its fast path, which adds up in another order."""

    def line(self, where: str, name: str) -> Line:
        """The line of that name; raises KeyError where there is none."""
        for line in self.lines:
            if (line.where, line.name) == (where, name):
                return line
        raise KeyError((where, name))


def walk(opened: OpenModel, ids: Sequence[int], wanted: Callable[[int], bool] = lambda layer: True) -> Walk:
    """Walks the ids through the model; of more than the context holds, the last ones.

    `wanted` says which layers to take down; all are computed. Raises GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to walk.", 'Give one, such as "A figura".')
    model = opened.model
    kept = tuple(int(token) for token in ids[-model.config.block_size :])
    idx = torch.tensor([kept], device=model.lm_head.weight.device)
    book = Book(wanted)
    with torch.inference_mode():
        x = _embed(model, idx, book)
        place = model.place(len(kept), 0, None)
        parts = [("embedding", x)]
        for layer, module in enumerate(model.transformer.h):
            book.enter(layer)
            x, branches = walk_block(cast(Block, module), x, place, book, layer)
            parts += zip((f"h.{layer}.attn", f"h.{layer}.mlp"), branches, strict=True)
        book.enter(None)
        final = walk_norm(model.transformer.ln_f, x, book, "ln_f")
        logits: Tensor = model.lm_head(final)
        head = "final wte^T" if model.config.tied_head else "final W_head"
        tied = "The head is the token embedding." if model.config.tied_head else ""
        book.add("lm_head", "logits", head, "T V", logits, tied)
        book.add("lm_head", "probabilities", "softmax(logits)", "T V", logits.softmax(dim=-1))
        explicit = model(idx, capture=Capture(wanted=lambda name: False))
        difference, fast = (float((logits - other).abs().max()) for other in (explicit, model(idx)))
    return Walk(
        pieces=escaped_pieces(kept, opened.tokenizer),
        ids=kept,
        dropped=len(ids) - len(kept),
        lines=tuple(_noted(line, opened.off) for line in book.lines),
        curves=tuple(book.curves),
        contributions=() if model.config.norm_placement == "post" else _shares(parts, x),
        difference=difference,
        difference_fast=fast,
    )


def _embed(model: GPT, idx: Tensor, book: Book) -> Tensor:
    """What each token is and, for absolute positions, where it is: (1, T) -> (1, T, C)"""
    transformer, T = model.transformer, idx.size(1)
    book.add("", "token ids", "tokenizer(text)", "T", idx)
    x: Tensor = transformer.wte(idx)
    book.add("wte", "token embedding", "wte[id]", "T C", x)
    if transformer.wpe is not None:
        positions = transformer.wpe.weight[:T]
        book.add("wpe", "position embedding", "wpe[t], t = 0 ... T-1", "T C", positions)
        x = x + positions
        book.add("", "embedded", "wte[id] + wpe[t]", "T C", x)
    elif model.config.positions == "sinusoidal":
        root, waves = math.sqrt(model.config.n_embd), model.waves[:T].to(x.dtype)
        book.add("", "position waves", "sin and cos of t / 10000^(2i/C)", "T C", waves)
        x = x * root + waves
        book.add("", "embedded", f"sqrt(C) wte[id] + waves[t], sqrt(C) = {root:.4g}", "T C", x)
    else:
        book.add("", "embedded", "wte[id]", "T C", x, "Positions come in the attention.")
    return x


def _noted(line: Line, off: Heads) -> Line:
    """Says of the matrix that mixes a layer's heads which of them it leaves out."""
    here = [f"{layer}.{head}" for layer, head in off if line.where == f"h.{layer}.attn"]
    if not here or line.name != "attention's branch":
        return line
    return replace(line, note=f"{line.note} Heads that are off add nothing to it: {', '.join(here)}.".strip())


def _shares(parts: Sequence[tuple[str, Tensor]], stream: Tensor) -> tuple[tuple[str, np.ndarray], ...]:
    size = stream.square().sum(-1)
    shares = ((name, (part * stream).sum(-1) / size) for name, part in parts)
    return tuple((name, share[0].float().cpu().numpy()) for name, share in shares)
