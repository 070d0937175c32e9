"""What a model costs before it exists: parameters, arithmetic, memory, disk.

Everything is derived from a blueprint (the decoder on PyTorch's meta device, where tensors have
shapes and no contents), so it is true of `gpt.py` at any size, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.activations import FP32, DeviceKind, Saved, Setting, saved_tensors
from gptlab_tui.model.gpt import GPT

#: Parts of a model, in the order in which a token meets them -> what their parameters' names hold.
PARTS = {
    "token embedding": (".wte.",),
    "positions": (".wpe.", "transformer.bias."),
    "attention": (".attn.",),
    "MLP": (".mlp.",),
    "norms": (".ln_",),
    "short convolutions": (".conv_",),
    "head": ("lm_head.",),
}

#: What CUDA itself takes on a card before the first tensor: its context, kernels, workspaces.
#: 300 to 500 MiB by card and driver.
CUDA_OVERHEAD_BYTES = 450 << 20

#: Room in a checkpoint for the names of its tensors, the state and the manifest.
CHECKPOINT_EXTRA_BYTES = 64 << 10


class _Uninitialised(TorchFunctionMode):
    """Fills no tensor: none has contents here, and PyTorch would load its compiler for it, two seconds."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """The tensor as it is, from any function that would fill it."""
        named = kwargs or {}
        if getattr(func, "__module__", "") == "torch.nn.init":
            return named["tensor"] if "tensor" in named else args[0]
        return func(*args, **named)


def blueprint(config: ModelConfig, vocab_size: int) -> GPT:
    """The decoder on the meta device: all names and shapes, no memory."""
    with torch.device("meta"), _Uninitialised():
        return GPT(config, vocab_size)


def count_parameters(config: ModelConfig, vocab_size: int) -> int:
    """All trainable numbers; a tied head is counted once."""
    return sum(parameter.numel() for parameter in blueprint(config, vocab_size).parameters())


def part_of(name: str) -> str:
    """The part (a key of `PARTS`) that the parameter called `name` belongs to."""
    for part, marks in PARTS.items():
        if any(mark in name for mark in marks):
            return part
    raise KeyError(name)


def parameters_by_part(config: ModelConfig, vocab_size: int) -> dict[str, int]:
    """Parameters of each part that a model would have; see `parts_of`."""
    return parts_of(blueprint(config, vocab_size))


def parts_of(model: GPT) -> dict[str, int]:
    """Parameters of each part that the model has, 0 for a tied head; they add up to all."""
    counts = dict.fromkeys(PARTS, 0)
    for name, parameter in model.named_parameters():
        counts[part_of(name)] += parameter.numel()
    return {part: count for part, count in counts.items() if count or part == "head"}


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating-point operations per token at the full context, those of matrix products alone.

    A product (m, k) @ (k, n) counts 2 m k n. Forward: 2 for each weight of a linear map, the head
    included, and in each layer 4 T C for q k^T and the weighted sum of v. Training: 3 times that,
    because the backward pass makes two products (by input and by weight) of each.

    The whole T x T scores are counted, as is usual; a fused kernel skips the masked half of them.
    """

    matrices: int
    attention: int

    @property
    def forward(self) -> int:
        """FLOPs of the forward pass, per token."""
        return self.matrices + self.attention

    @property
    def training(self) -> int:
        """FLOPs of forward and backward pass, per token."""
        return 3 * self.forward

    def to_json(self) -> dict[str, int]:
        """All four numbers."""
        return asdict(self) | {"forward": self.forward, "training": self.training}


def flops_per_token(config: ModelConfig, vocab_size: int) -> Flops:
    """The arithmetic of one token; see `Flops` for what is counted."""
    linear = (m for m in blueprint(config, vocab_size).modules() if isinstance(m, nn.Linear))
    matrices = sum(2 * module.weight.numel() for module in linear)
    return Flops(matrices, config.n_layer * 4 * config.block_size * config.n_embd)


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Memory of a training step, in bytes. An evaluation in between is not in it."""

    parameters: int
    micro_batch: int
    dtype: str
    device: DeviceKind
    accumulating: bool
    """Several micro-batches make a step, so their gradient is there in every forward pass."""
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    """AdamW's two moments of every parameter, fp32."""
    activations: tuple[Saved, ...]
    loss_bytes: int
    """At the start of the backward pass: log-probabilities, their gradient, that of the logits."""
    tied_bytes: int
    """A tied embedding gets two gradients, from the head and from below, which are then added."""
    overhead_bytes: int
    """What the device takes for itself; not in the total."""

    @property
    def activations_bytes(self) -> int:
        """What autograd keeps of the forward pass."""
        return sum(saved.size_bytes for saved in self.activations)

    @property
    def total_bytes(self) -> int:
        """The most that is there at once.

        Weights and optimizer always are. At the start of the backward pass all activations and the
        loss join them, at its end the gradients, which come as the activations go.
        """
        start = self.activations_bytes + self.loss_bytes + self.accumulating * self.gradients_bytes
        end = self.gradients_bytes + self.tied_bytes
        return self.weights_bytes + self.optimizer_bytes + max(start, end)

    def to_json(self) -> dict[str, Any]:
        """The plan as an object; activations as a sum and as a list."""
        return asdict(self) | {
            "activations_bytes": self.activations_bytes,
            "total_bytes": self.total_bytes,
        }


def memory_plan(
    config: ModelConfig,
    vocab_size: int,
    micro_batch: int,
    dtype_name: str = "fp32",
    device: DeviceKind = "cpu",
    *,
    accumulating: bool = False,
) -> MemoryPlan:
    """The memory that training takes with `micro_batch` sequences of the full context at once.

    Weights, gradients and moments are fp32 in every precision; `dtype_name` (fp32, bf16, fp16) is
    that of the matrix products.
    """
    model = blueprint(config, vocab_size)
    half = dtype_name != "fp32"
    parameters = sum(parameter.numel() for parameter in model.parameters())
    embedding = model.transformer.wte.weight.numel()
    return MemoryPlan(
        parameters=parameters,
        micro_batch=micro_batch,
        dtype=dtype_name,
        device=device,
        accumulating=accumulating,
        weights_bytes=FP32 * parameters,
        gradients_bytes=FP32 * parameters,
        optimizer_bytes=2 * FP32 * parameters,
        activations=saved_tensors(model, Setting(micro_batch, half, device)),
        loss_bytes=3 * FP32 * micro_batch * config.block_size * vocab_size,
        tied_bytes=config.tied_head * (1 if half else 2) * FP32 * embedding,
        overhead_bytes=CUDA_OVERHEAD_BYTES if device == "cuda" else 0,
    )


def fits(plan: MemoryPlan, memory_bytes: float) -> bool:
    """Whether the plan and what the device takes for itself go into so much memory."""
    return plan.total_bytes + plan.overhead_bytes <= memory_bytes


def checkpoint_bytes(parameters: int) -> int:
    """Disk space of a resumable checkpoint: weights and AdamW's two moments, fp32."""
    return 3 * FP32 * parameters + CHECKPOINT_EXTRA_BYTES


def snapshot_bytes(parameters: int) -> int:
    """Disk space of a snapshot: weights in half precision."""
    return 2 * parameters + CHECKPOINT_EXTRA_BYTES // 4
