"""What autograd keeps of a forward pass until the backward pass has used it, tensor by tensor.

A formula from the shapes. It follows the fast path of `gpt.py`: each line below names the tensors
that an operation there saves. Tests compare it with what autograd truly saves.

N = micro-batch x T tokens. The residual stream and the norms are fp32 in every precision; matrix
products have the chosen one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from torch import nn

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT, Block

DeviceKind = Literal["cpu", "cuda", "mps"]
FP32 = 4
#: fp32 tensors like its input that a norm saves. CPU and Metal compute an RMSNorm in steps.
NORM_COPIES = {"layernorm": 1, "rmsnorm": 2, "reference": 3}


@dataclass(frozen=True, slots=True)
class Saved:
    """Tensors that one kind of operation saves, over all layers."""

    part: str
    what: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and in what precision a forward pass is computed."""

    micro_batch: int
    half: bool
    """Matrix products in bf16 or fp16 instead of fp32."""
    device: DeviceKind

    @property
    def product(self) -> int:
        """Bytes of a number that a matrix product takes in or gives out."""
        return 2 if self.half else FP32


def saved_tensors(model: GPT, setting: Setting) -> tuple[Saved, ...]:
    """All that a forward pass of the loss saves, the loss's own log-probabilities left out.

    `model` may be a blueprint on the meta device; parameters are not counted, but their half
    precision copies are.
    """
    config = model.config
    N, C = setting.micro_batch * config.block_size, config.n_embd
    L = config.n_layer
    found = [
        Saved("token embedding", "token ids and targets", 2 * 8 * N),
        Saved("token embedding", "mask of the dropout", _dropout(config, N * C, FP32, setting)),
        *_biases(config, setting),
        *(Saved(one.part, one.what, L * one.size_bytes) for one in _block(model, N, setting)),
        Saved("head", "input of lm_head", N * C * setting.product),
    ]
    if config.norm_placement == "pre":
        found.append(Saved("norms", "input of ln_f", _norm(config, N, setting)))
    if setting.half:
        matrices = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))
        found.append(Saved("matrices", "weights in half precision", 2 * matrices))
    return tuple(one for one in found if one.size_bytes)


def _block(model: GPT, N: int, setting: Setting) -> list[Saved]:
    """One layer: norms, convolutions, attention, MLP, dropout of the branches."""
    config, C, product = model.config, model.config.n_embd, setting.product
    block = cast(Block, model.transformer.h[0])
    reach = setting.micro_batch * (config.conv_width - 1)  # zeros before each sequence
    convolutions = 2 * (N + reach) * C * FP32 if config.conv_width else 0
    hidden_in, hidden_out = block.mlp.c_fc.out_features, block.mlp.c_proj.in_features
    if block.mlp.gated:  # both halves, the activated gate, their product
        hidden = hidden_in + 2 * hidden_out
    else:  # relu's backward needs its output alone, which is the input of c_proj
        hidden = hidden_out if config.activation == "relu" else hidden_in + hidden_out
    return [
        Saved("norms", "inputs and statistics of ln_1 and ln_2", 2 * _norm(config, N, setting)),
        Saved("short convolutions", "inputs of conv_1 and conv_2", convolutions),
        Saved("attention", "input of c_attn", N * C * product),
        *_attention(config, N, setting),
        Saved("attention", "input of c_proj", N * C * product),
        Saved("MLP", "input of c_fc", N * C * product),
        Saved("MLP", "inside", N * hidden * product),
        Saved("dropout", "masks of both branches", 2 * _dropout(config, N * C, product, setting)),
    ]


def is_fused(config: ModelConfig, device: DeviceKind) -> bool:
    """Whether `scaled_dot_product_attention` takes a kernel that never holds the T x T weights.

    CUDA has one for every option; the CPU's knows neither dropout nor a bias that learns.
    """
    return device == "cuda" or (
        device == "cpu" and config.positions != "relative" and not config.attn_dropout
    )


def _attention(config: ModelConfig, N: int, setting: Setting) -> list[Saved]:
    """What the attention saves between `c_attn` and `c_proj`, of one layer."""
    C, nh, T, product = config.n_embd, config.n_head, config.block_size, setting.product
    found = []
    if config.qk_norm:  # fp32 copies of q and k where they are half, and again in an RMSNorm in steps
        copies = setting.half + (setting.device != "cuda")
        found.append(Saved("attention", "norms of q and k", 2 * N * (copies * C + nh) * FP32))
    if is_fused(config, setting.device):
        found.append(Saved("attention", "q, k, v", 3 * N * C * product))
        if config.qk_norm or config.positions == "rope":
            found.append(Saved("attention", "q and k as normed or turned", 2 * N * C * product))
            # they lie head by head, and so does what comes of them: `c_proj` gets a copy
            found.append(Saved("attention", "values of each head", N * C * product))
        found.append(Saved("attention", "logarithms of the softmax's sums", N * nh * FP32))
    else:
        if config.qk_norm and not setting.half:
            found.append(Saved("attention", "output of c_attn", 3 * N * C * FP32))
        weights = 3 if config.attn_dropout else 1  # softmax, mask, what is left
        found.append(Saved("attention", "q, k, v, scaled", 3 * N * C * FP32))
        found.append(Saved("attention", "weights", weights * N * nh * T * FP32))
    return found


def _norm(config: ModelConfig, N: int, setting: Setting) -> int:
    """Bytes that a norm over the residual stream saves, statistics included."""
    fused = config.norm == "rmsnorm" and setting.device == "cuda"
    copies = 1 if fused else NORM_COPIES[config.norm]
    statistics = 1 if config.norm == "rmsnorm" else 2
    return N * (copies * config.n_embd + statistics) * FP32


def _dropout(config: ModelConfig, size: int, item_bytes: int, setting: Setting) -> int:
    """Bytes of a dropout's mask: one each on CUDA, elsewhere a number of the input's type."""
    if not config.dropout:
        return 0
    return size * (1 if setting.device == "cuda" else item_bytes)


def _biases(config: ModelConfig, setting: Setting) -> list[Saved]:
    """The position bias that all layers share, or what its gradient needs."""
    square = config.block_size**2
    if config.positions == "alibi" and is_fused(config, setting.device):
        copies = config.n_layer if setting.half else 1  # autocast makes one for each layer
        return [Saved("positions", "bias", copies * config.n_head * square * setting.product)]
    if config.positions == "relative":
        return [Saved("positions", "distances and mask", 9 * square)]
    return []
