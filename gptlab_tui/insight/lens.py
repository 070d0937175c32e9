"""What each layer would say next: the model's own last norm and head, put on the stream at every depth.

The logit lens (nostalgebraist 2020) takes the residual stream as it is. A linear lens, trained by
`linear_lens.train`, first says for each depth how the stream would look at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.escapes import escaped_pieces

if TYPE_CHECKING:
    from gptlab_tui.insight.linear_lens import LinearLens

#: So many of the most probable tokens are kept at every depth and place.
CANDIDATES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """What D depths say at T tokens about the token that follows; the last depth is the output."""

    depths: tuple[str, ...]
    """`embedding`, `layer 0`, …; with the branches apart also `layer 0 attention`."""
    pieces: tuple[str, ...]
    r"""The text of every token; a part of a character as escapes: `\xc3`."""
    ids: tuple[int, ...]
    dropped: int
    """Tokens of the text that came before these, and did not fit the context."""
    best: np.ndarray
    """(D, T) the id that is most probable next."""
    best_probability: np.ndarray
    """(D, T) of that id."""
    next_bits: np.ndarray
    """(D, T) -log2 p of the token that really follows; NaN for the last, which nothing follows."""
    next_rank: np.ndarray
    """(D, T) its rank, from 1 (of equal ones the best); 0 for the last."""
    entropy_bits: np.ndarray
    """(D, T) how undecided each is."""
    divergence_bits: np.ndarray
    """(D, T) KL(output || depth): how far from what the model says in the end; 0 at the last depth."""
    candidates: np.ndarray
    """(D, T, K) the ids that are most probable next, in order; K is `CANDIDATES` or the vocabulary."""
    candidate_probability: np.ndarray
    """(D, T, K) of these."""


def lens(
    opened: OpenModel,
    ids: Sequence[int] | np.ndarray,
    *,
    linear: LinearLens | None = None,
    branches: bool = False,
) -> Lens:
    """Reads the ids with the explicit path; of more than the context holds, the last ones.

    With `branches` there is a depth after each attention too, for which no linear lens is trained.
    Raises GPTLabError where there is no token, and ValueError for both at once.
    """
    if linear is not None and branches:
        raise ValueError("a linear lens knows the depths after whole layers only")
    if not len(ids):
        raise GPTLabError("There is no text to look at.", 'Give one, such as "A figura é poética".')
    model = opened.model
    kept = tuple(int(token) for token in ids[-model.config.block_size :])
    device = model.lm_head.weight.device
    following = torch.tensor([*kept[1:], 0], device=device)  # (T,)
    with torch.inference_mode():
        names, streams = depths(model, torch.tensor([kept], device=device), branches)
        output = read_out(model, streams[-1])[0]  # (T, V)
        told = []
        for depth, stream in enumerate(streams):
            seen = stream if linear is None else linear.translate(depth, stream)
            log_q = output if depth == len(streams) - 1 else read_out(model, seen)[0]
            told.append(_tell(log_q, output, following))
    best, chance, surprise, rank, *others = (np.stack(rows) for rows in zip(*told, strict=True))
    surprise[:, -1], rank[:, -1] = math.nan, 0
    pieces = escaped_pieces(kept, opened.tokenizer)
    return Lens(names, pieces, kept, len(ids) - len(kept), best, chance, surprise, rank, *others)


def depths(model: GPT, idx: Tensor, branches: bool = False) -> tuple[tuple[str, ...], list[Tensor]]:
    """The residual stream (B, T, C) after the embedding and after every layer, and how each is called."""
    ends = ("after_attn", "after_mlp") if branches else ("after_mlp",)
    capture = Capture(wanted=lambda name: name == "embedded" or name.endswith(ends))
    model.hidden(idx, capture=capture)
    names, streams = ["embedding"], [capture["embedded"]]
    for layer in range(model.config.n_layer):
        for end in ends:
            names.append(f"layer {layer}" + (" attention" if end == "after_attn" else ""))
            streams.append(capture[f"h.{layer}.{end}"])
    return tuple(names), streams


def read_out(model: GPT, stream: Tensor) -> Tensor:
    """ln q of every token of the vocabulary, by the last norm and the head: (B, T, C) -> (B, T, V)"""
    logits: Tensor = model.lm_head(model.transformer.ln_f(stream))
    return logits.float().log_softmax(-1)


def _tell(log_q: Tensor, output: Tensor, following: Tensor) -> tuple[np.ndarray, ...]:
    """The rows of a `Lens` at one depth, (T,) or (T, K), from logarithms of probabilities (T, V)."""
    q = log_q.exp()
    largest, best = log_q.max(-1)
    likely, candidates = log_q.topk(min(CANDIDATES, log_q.size(-1)), dim=-1)
    own = log_q.gather(-1, following[:, None])  # (T, 1)
    rows = (
        best,
        largest.exp(),
        -own[:, 0] / math.log(2),
        (log_q > own).sum(-1) + 1,
        -(q * log_q).sum(-1) / math.log(2),
        (output.exp() * (output - log_q)).sum(-1).clamp_min(0.0) / math.log(2),
        candidates,
        likely.exp(),
    )
    return tuple(row.cpu().numpy() for row in rows)
