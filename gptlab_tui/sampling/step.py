"""The decoder for one more token, on bare tensors: what the modules of `model/gpt.py` do, without them.

At one token the arithmetic of a small model takes less time than calling its modules does, so this
says once more, for T = 1 and evaluation alone, what `GPT.hidden` says for all cases. It computes with
the model's own parameters and is tested equal to it for every option.

Letters as in `gpt.py`; (B, C) stands for one token of each of B texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.cache import Cache, LayerCache
from gptlab_tui.model.gpt import GPT, Block
from gptlab_tui.model.positions import rotation

Turn = tuple[Tensor, Tensor]

#: Elements of a matrix from which on another library multiplies it faster, in spite of the way there.
LARGE = 100_000


class Step:
    """A model prepared to take in one token at a time."""

    def __init__(self, model: GPT) -> None:
        config, parts = model.config, model.transformer
        self._wte = parts.wte.weight
        self._places, self._scale = None, 1.0  # (block_size, C), added to the embedding
        if parts.wpe is not None:
            self._places = parts.wpe.weight
        elif config.positions == "sinusoidal":
            self._places, self._scale = model.waves.to(self._wte.dtype), math.sqrt(config.n_embd)
        self._head_width = config.n_embd // config.n_head if config.positions == "rope" else 0
        self._turns: Turn | None = None
        self._bias = None if parts.bias is None else parts.bias(1, config.block_size)  # (1, nh, 1, S)
        self._layers = [Layer(cast(Block, block), config) for block in parts.h]
        self._last = norm_of(parts.ln_f)

    def __call__(self, idx: Tensor, cache: Cache) -> Tensor:
        """The last hidden states after one more token of each text: (B,) -> (B, C)"""
        x = self._wte.index_select(0, idx)
        if self._places is not None:
            x = torch.add(self._places[cache.position], x, alpha=self._scale)
        turn = self._turn(cache.position) if self._head_width else None
        bias = None
        if self._bias is not None:
            kept = cache.held_with(1)
            bias = self._bias.narrow(3, self._bias.size(3) - kept, kept)  # distances kept-1 to 0
        for layer, held in zip(self._layers, cache.layers, strict=True):
            x = layer(x, held, turn, bias)
        cache.advance(1)
        return self._last(x)

    def _turn(self, position: int) -> Turn:
        """What `rotate` needs at one position, (hs,) each, from a table that doubles as it has to."""
        if self._turns is None or position >= len(self._turns[0]):
            cos, sin = rotation(torch.arange(max(64, 2 * position)), self._head_width)
            self._turns = torch.cat((cos, cos), 1).to(self._wte), torch.cat((-sin, sin), 1).to(self._wte)
        cos, sin = self._turns
        return cos[position], sin[position]


class Layer:
    """One block."""

    def __init__(self, block: Block, config: ModelConfig) -> None:
        self._n_head, self._head_width = config.n_head, config.n_embd // config.n_head
        self._alpha = block.alpha if block.post else None
        self._norm_1, self._norm_2 = norm_of(block.ln_1), norm_of(block.ln_2)
        self._conv_1 = None if block.conv_1 is None else block.conv_1.weight  # (K, C)
        self._conv_2 = None if block.conv_2 is None else block.conv_2.weight
        self._c_attn, self._attn_proj = Product(block.attn.c_attn), Product(block.attn.c_proj)
        self._gain = None
        if block.attn.q_norm is not None and block.attn.k_norm is not None:
            gains = (block.attn.q_norm.weight, block.attn.k_norm.weight)
            self._gain = torch.stack(gains).view(2, 1, 1, 1, -1)
        self._c_fc, self._mlp_proj = Product(block.mlp.c_fc), Product(block.mlp.c_proj)
        self._activation = ACTIVATIONS[config.activation]

    def __call__(self, x: Tensor, cache: LayerCache, turn: Turn | None, bias: Tensor | None) -> Tensor:
        """(B, C) -> (B, C)"""
        h = x if self._alpha else self._norm_1(x)
        if self._conv_1 is not None:
            h = convolve(h, self._conv_1, cache, "conv_1")
        x = self._join(x, self._attend(h, cache, turn, bias), self._attn_proj, self._norm_1)
        h = x if self._alpha else self._norm_2(x)
        if self._conv_2 is not None:
            h = convolve(h, self._conv_2, cache, "conv_2")
        return self._join(x, self._activation(self._c_fc(h)), self._mlp_proj, self._norm_2)

    def _attend(self, h: Tensor, cache: LayerCache, turn: Turn | None, bias: Tensor | None) -> Tensor:
        """What the heads gather, side by side: (B, C) -> (B, C)"""
        B = h.size(0)
        qkv = self._c_attn(h).view(B, 3, self._n_head, 1, self._head_width).transpose(0, 1)
        if self._gain is not None:
            qkv[:2] = torch.rms_norm(qkv[:2], (self._head_width,), None, 1e-5) * self._gain
        if turn is not None:
            qkv[:2] = rotate(qkv[:2], turn)
        q = qkv[0]
        k, v = cache.append_pair(qkv[1:])
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias).reshape(B, -1)

    def _join(self, x: Tensor, h: Tensor, product: Product, norm: Callable[[Tensor], Tensor]) -> Tensor:
        """The residual stream `x` after the branch that ends in `product` has joined it."""
        if self._alpha:
            return norm(torch.add(product(h), x, alpha=self._alpha))
        return product.onto(x, h)


class Product:
    """A linear map.

    One row times a large matrix is a matter of reading the matrix, which NumPy's OpenBLAS does with all
    cores; the BLAS that PyTorch brings takes one, and on some processors is slow at it besides.
    """

    def __init__(self, linear: nn.Linear) -> None:
        weight = linear.weight
        self._weight = weight.t()
        self._bias: Tensor | None = linear.bias
        self._matrix: np.ndarray | None = None  # the same memory as the parameter's
        if weight.numel() >= LARGE and weight.device.type == "cpu" and weight.dtype == torch.float32:
            self._matrix = weight.detach().numpy()

    def __call__(self, x: Tensor) -> Tensor:
        """(B, in) -> (B, out)"""
        if self._matrix is not None and len(x) == 1:
            out = torch.from_numpy(self._matrix.dot(x[0].numpy()))[None]
            return out if self._bias is None else out.add_(self._bias)
        if self._bias is None:
            return torch.mm(x, self._weight)
        return torch.addmm(self._bias, x, self._weight)

    def onto(self, sum_: Tensor, x: Tensor) -> Tensor:
        """The result added to `sum_`."""
        if self._matrix is not None and len(x) == 1:
            return self(x).add_(sum_)
        out = torch.addmm(sum_, x, self._weight)
        return out if self._bias is None else out.add_(self._bias)


def norm_of(norm: nn.Module) -> Callable[[Tensor], Tensor]:
    """What a norm of `gpt.build_norm` does."""
    if isinstance(norm, nn.LayerNorm):
        shape, weight, bias, epsilon = norm.normalized_shape, norm.weight, norm.bias, norm.eps
        return lambda x: torch.layer_norm(x, shape, weight, bias, epsilon)
    if isinstance(norm, nn.RMSNorm):
        width, gain, eps = norm.normalized_shape, norm.weight, norm.eps
        return lambda x: torch.rms_norm(x, width, gain, eps)
    return norm.forward


def rotate(x: Tensor, turn: Turn) -> Tensor:
    """`positions.rotate` in fewer operations: a cos - b sin beside b cos + a sin, (..., hs)"""
    cos, sin = turn
    return torch.addcmul(x * cos, x.roll(x.size(-1) // 2, -1), sin)


def convolve(x: Tensor, weight: Tensor, cache: LayerCache, slot: str) -> Tensor:
    """`gpt.ShortConvolution` at one token: (B, C) -> (B, C)"""
    past = cache.recent(slot, x[:, None], weight.size(0) - 1)  # (B, K, C)
    return x + (past * weight).sum(1)


def gated(activation: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The first half, activated, times the second: (B, 2 n) -> (B, n)"""

    def activate(x: Tensor) -> Tensor:
        gate, x = x.chunk(2, dim=-1)
        return activation(gate) * x

    return activate


def gelu(x: Tensor) -> Tensor:
    """GELU in the approximation by tanh."""
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": gelu,
    "relu": torch.relu,
    "relu2": lambda x: torch.relu(x).square(),
    "swiglu": gated(F.silu),
    "geglu": gated(gelu),
}
