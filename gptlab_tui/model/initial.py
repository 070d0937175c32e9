"""The weights that a training begins with: a rule per kind of parameter, a generator per name.

| parameter                        | start                                                        |
|----------------------------------|--------------------------------------------------------------|
| matrices, embeddings, bias table | normal(0, init_std)                                          |
| `c_proj.weight`                  | normal(0, init_std / sqrt(2 n_layer)), or zero (Radford 2019) |
| gains of norms                   | 1                                                            |
| biases, short convolutions       | 0                                                            |

With `norm_placement = "post"` the matrices of the blocks follow DeepNorm (Wang et al. 2022,
"DeepNet", figure 2): Xavier normal, with a gain of (8 n_layer)^(-1/4) on v, `c_proj` and the MLP.
"""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor, nn

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT, ReferenceNorm, ShortConvolution

NORMS = (nn.LayerNorm, nn.RMSNorm, ReferenceNorm)


def initialise(model: GPT, seed: int) -> None:
    """Fills every parameter of `model` anew; the same bits for the same seed on the same machine.

    The draw of a parameter depends on the seed, its name and its shape alone: two models that
    differ in one part begin equal in all others, whatever the device.
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(initial_value(model, name, seed))


def initial_value(model: GPT, name: str, seed: int) -> Tensor:
    """What the parameter called `name` begins with: float32, on the CPU, in its shape."""
    module_name, _, leaf = name.rpartition(".")
    module = model.get_submodule(module_name)
    shape = model.get_parameter(name).shape
    silent = name.endswith("c_proj.weight") and model.config.residual_init == "zero"
    if leaf == "bias" or silent or isinstance(module, ShortConvolution):
        return torch.zeros(shape)
    if isinstance(module, NORMS):
        return torch.ones(shape)
    generator = torch.Generator().manual_seed(_seed_of(name, seed))
    return torch.randn(shape, generator=generator) * spread(model.config, name, shape)


def spread(config: ModelConfig, name: str, shape: torch.Size) -> Tensor | float:
    """The standard deviation of a matrix: one number, or one per row (rows, 1)."""
    if config.norm_placement == "post" and ".h." in name:
        return _deepnorm_spread(config, name, shape)
    if name.endswith("c_proj.weight"):
        return config.init_std / math.sqrt(2 * config.n_layer)
    return config.init_std


def _deepnorm_spread(config: ModelConfig, name: str, shape: torch.Size) -> Tensor | float:
    """gain * sqrt(2 / (fan_in + fan_out)) of each matrix that lies side by side in `name`."""
    beta = (8 * config.n_layer) ** -0.25
    rows, fan_in = shape
    if name.endswith("c_attn.weight"):  # q, k, v
        gains = torch.tensor([1.0, 1.0, beta]).repeat_interleave(rows // 3)[:, None]
        return gains * math.sqrt(2 / (fan_in + rows // 3))
    gated = name.endswith("c_fc.weight") and config.activation in ("swiglu", "geglu")
    fan_out = rows // 2 if gated else rows
    return float(beta * math.sqrt(2 / (fan_in + fan_out)))


def _seed_of(name: str, seed: int) -> int:
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
