"""A block of the decoder, step by step: norm, attention, MLP, and what each adds to the residual stream.

The same operations in the same order as `model/gpt.py`, so that the numbers are the same to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlab_tui.insight.walk_lines import Book, Curve
from gptlab_tui.model.gpt import MLP, Attention, Block, ReferenceNorm
from gptlab_tui.model.positions import Place, rotate

#: The dropout that is shown where a run was trained without.
SHOWN_DROPOUT = 0.1
_BINS = 24


def walk_block(block: Block, x: Tensor, place: Place, book: Book, layer: int) -> tuple[Tensor, list[Tensor]]:
    """The residual stream after the block, (1, T, C), and what attention and MLP added to it."""
    h = x if block.post else walk_norm(block.ln_1, x, book, "ln_1")
    if block.conv_1 is not None:
        h = block.conv_1(h, None, "conv_1")
        book.add("conv_1", "short convolution", "h_t + sum_k w_k h_(t-k)", "T C", h)
    attention = walk_attention(block.attn, h, place, book)
    _dropout(block, attention, book)
    x = _join(block, x, attention, block.ln_1, "attn", book)
    h = x if block.post else walk_norm(block.ln_2, x, book, "ln_2")
    if block.conv_2 is not None:
        h = block.conv_2(h, None, "conv_2")
        book.add("conv_2", "short convolution", "h_t + sum_k w_k h_(t-k)", "T C", h)
    branch = walk_mlp(block.mlp, h, book, layer)
    return _join(block, x, branch, block.ln_2, "mlp", book), [attention, branch]


def walk_norm(norm: nn.Module, x: Tensor, book: Book, part: str) -> Tensor:
    """A norm with its two statistics of every token before and after: (1, T, C) -> (1, T, C)"""
    out: Tensor = norm(x)
    if isinstance(norm, nn.Identity):
        return out
    book.add(part, "mean before", "mean(x)", "T", x.mean(-1))
    book.add(part, "deviation before", "sqrt(mean((x - mean)^2))", "T", x.std(-1, correction=0))
    if isinstance(norm, nn.RMSNorm):
        size = (x.square().mean(-1, keepdim=True) + (norm.eps or 0.0)).sqrt()
        book.add(part, "root mean square", "sqrt(mean(x^2) + eps)", "T", size[..., 0])
        book.add(part, "divided", "x / root mean square", "T C", x / size, "An RMSNorm takes no mean off.")
    elif isinstance(norm, ReferenceNorm):
        size = x.std(-1, keepdim=True) + 1e-5
        note = "n - 1 in the variance, and epsilon outside the root."
        book.add(
            part, "divided", "(x - mean) / (std + eps)", "T C", (x - x.mean(-1, keepdim=True)) / size, note
        )
    else:
        size = (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
        divided = (x - x.mean(-1, keepdim=True)) / size
        book.add(part, "divided", "(x - mean) / sqrt(variance + eps)", "T C", divided)
    weight, bias = norm.get_parameter("weight"), dict(norm.named_parameters()).get("bias")
    book.add(part, "gain", "a", "C", weight, "Learned: a number for each feature.")
    if bias is not None:
        book.add(part, "shift", "b", "C", bias, "Learned: a number for each feature.")
    book.add(part, "normed", "a * divided" + (" + b" if bias is not None else ""), "T C", out)
    book.add(part, "mean after", "mean(normed)", "T", out.mean(-1))
    book.add(part, "deviation after", "sqrt(mean((normed - mean)^2))", "T", out.std(-1, correction=0))
    if isinstance(norm, nn.RMSNorm):
        rms = out.square().mean(-1).sqrt()
        book.add(part, "root mean square after", "sqrt(mean(normed^2))", "T", rms)
    return out


def walk_attention(attn: Attention, x: Tensor, place: Place, book: Book) -> Tensor:
    """Attention in its steps: (1, T, C) -> (1, T, C)"""
    B, T, C = x.shape
    width = C // attn.n_head
    q, k, v = attn.c_attn(x).view(B, T, 3, attn.n_head, width).permute(2, 0, 3, 1, 4)
    for name, tensor in (("queries", q), ("keys", k), ("values", v)):
        book.add(
            "attn",
            name,
            f"h W_{name[0]}" + (" + b" if attn.c_attn.bias is not None else ""),
            "nh T hs",
            tensor,
        )
    if attn.q_norm is not None and attn.k_norm is not None:
        q, k = attn.q_norm(q), attn.k_norm(k)
        book.add("attn", "queries normed", "a q / sqrt(mean(q^2) + eps)", "nh T hs", q)
        book.add("attn", "keys normed", "a k / sqrt(mean(k^2) + eps)", "nh T hs", k)
    if place.rotation is not None:
        q, k = rotate(q, place.rotation), rotate(k, place.rotation)
        book.add("attn", "queries turned", "pairs of features by position / 10000^(2i/hs)", "nh T hs", q)
        book.add("attn", "keys turned", "the same", "nh T hs", k, "So a product knows the distance alone.")
    scores = q @ k.transpose(-2, -1)
    book.add("attn", "scores", "q k^T", "nh T S", scores)
    unscaled = _masked(scores, place).softmax(dim=-1)
    scores = scores / math.sqrt(width)
    book.add("attn", "scaled", f"scores / sqrt(hs), hs = {width}", "nh T S", scores)
    if place.bias is not None:
        note = "What the distance is worth, and minus infinity for later tokens."
        book.add("attn", "bias", "bias(distance)", "nh T S", place.bias.reshape(-1, T, T), note)
    scores = _masked(scores, place)
    book.add(
        "attn",
        "masked",
        "scaled + bias" if place.bias is not None else "scaled, -inf for s > t",
        "nh T S",
        scores,
    )
    weights = scores.softmax(dim=-1)
    book.add("attn", "weights", "softmax(masked), rows sum to 1", "nh T S", weights)
    book.add(
        "attn",
        "weights without scaling",
        "softmax of the scores as they are",
        "nh T S",
        unscaled,
        "To compare.",
    )
    y = weights @ v
    book.add("attn", "heads", "weights v", "nh T hs", y)
    joined = y.transpose(1, 2).reshape(B, T, C)
    book.add("attn", "heads joined", "side by side", "T C", joined)
    out: Tensor = attn.c_proj(joined)
    book.add("attn", "attention's branch", _linear("joined W_o", attn.c_proj), "T C", out)
    return out


def _masked(scores: Tensor, place: Place) -> Tensor:
    if place.bias is not None:
        return scores + place.bias
    if place.is_causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        return scores.masked_fill(hidden, -math.inf)
    return scores


def walk_mlp(mlp: MLP, x: Tensor, book: Book, layer: int) -> Tensor:
    """The MLP in its steps: (1, T, C) -> (1, T, C)"""
    x = mlp.c_fc(x)
    name, function = activation_of(mlp)
    if mlp.gated:
        gate, x = x.chunk(2, dim=-1)
        book.add("mlp", "gate", _linear("h W_g", mlp.c_fc), "T H", gate)
        book.add("mlp", "linear half", _linear("h W_l", mlp.c_fc), "T H", x)
        _curve(book, layer, name, function, gate)
        x = function(gate) * x
        book.add("mlp", "activation", f"{name}(gate) * linear half", "T H", x)
    else:
        book.add("mlp", "before activation", _linear("h W_fc", mlp.c_fc), "T H", x)
        _curve(book, layer, name, function, x)
        x = function(x)
        book.add("mlp", "activation", f"{name}(before)", "T H", x)
    out: Tensor = mlp.c_proj(x)
    book.add("mlp", "MLP's branch", _linear("activation W_proj", mlp.c_proj), "T C", out)
    return out


def activation_of(mlp: MLP) -> tuple[str, Callable[[Tensor], Tensor]]:
    """The name of the function inside an MLP, and itself."""
    if mlp.activation == "swiglu":
        return "silu", F.silu
    if mlp.activation in ("gelu", "geglu"):
        return "gelu", lambda x: F.gelu(x, approximate="tanh")
    if mlp.activation == "relu":
        return "relu", F.relu
    return "relu^2", lambda x: F.relu(x) * F.relu(x)


def _linear(product: str, linear: nn.Linear) -> str:
    return product + (" + b" if linear.bias is not None else "")


def _curve(book: Book, layer: int, name: str, function: Callable[[Tensor], Tensor], values: Tensor) -> None:
    if not book.is_open:
        return
    low, high = min(-1.0, float(values.min())), max(1.0, float(values.max()))
    edges = np.linspace(low, high, _BINS + 1)
    x = (edges[:-1] + edges[1:]) / 2
    y = function(torch.from_numpy(x)).numpy()
    counts, _ = np.histogram(values.float().cpu().numpy(), bins=edges)
    book.curves.append(Curve(layer, name, edges, x, y, counts))


def _dropout(block: Block, branch: Tensor, book: Book) -> None:
    """What dropout does to a branch in training, with a mask drawn for show; inference leaves it alone."""
    if not book.is_open:
        return
    p = block.dropout or SHOWN_DROPOUT
    drawn = torch.rand(branch.shape, generator=torch.Generator().manual_seed(1337))
    mask = ((drawn >= p).float() / (1 - p)).to(branch.device)
    trained = (
        f"This run was trained with p = {p:g}." if block.dropout else f"This run has none; shown: p = {p:g}."
    )
    book.add("dropout", "mask in training", "0 with probability p, else 1 / (1 - p)", "T C", mask, trained)
    book.add(
        "dropout", "branch in training", "mask * branch", "T C", mask * branch, "Its mean stays the same."
    )
    book.add(
        "dropout", "branch in inference", "branch", "T C", branch, "Nothing falls out, nothing is scaled."
    )


def _join(block: Block, x: Tensor, branch: Tensor, norm: nn.Module, name: str, book: Book) -> Tensor:
    """The residual stream after a branch has joined it, and the branch's share of it."""
    before = block.alpha * x + branch if block.post else x + branch
    formula = f"{block.alpha:.4g} x + branch" if block.post else "x + branch"
    book.add("", f"stream after {name}", formula, "T C", before)
    share = (branch * before).sum(-1) / before.square().sum(-1)
    book.add(
        "", f"share of {name}", "<branch, stream> / <stream, stream>", "T", share, "With x it sums to 1."
    )
    return walk_norm(norm, before, book, "ln_1" if name == "attn" else "ln_2") if block.post else before
