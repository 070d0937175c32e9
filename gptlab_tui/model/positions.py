"""How a decoder knows where a token is: waves, rotations, and biases on the scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gptlab_tui.config import ModelConfig


@dataclass(frozen=True, slots=True)
class Place:
    """What the attention of every layer needs to know of the positions; made once per forward."""

    rotation: tuple[Tensor, Tensor] | None = None
    """Cosines and sines, (T, hs/2) each."""
    bias: Tensor | None = None
    """Added to the scores, (1, nh, T, S) or (T, S); minus infinity where a token must not look.

    In no other shape does the fused kernel of the CPU take it.
    """
    is_causal: bool = False
    """Without a bias: whether later keys have to be hidden."""


def placed(table: Tensor) -> Tensor:
    """A table that was worked out on the CPU (not every device has doubles), where new tensors go."""
    return table.to(torch.get_default_device())


def sinusoids(length: int, n_embd: int) -> Tensor:
    """Position encodings of Vaswani et al. 2017, section 3.5: (length, C)

    PE(p, 2i) = sin(p / 10000^(2i/C)), PE(p, 2i+1) = cos of the same.
    """
    angles = _angles(torch.arange(length, device="cpu"), n_embd + n_embd % 2)  # (length, C/2)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)[:, :n_embd].float()


def rotation(positions: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines by which RoPE turns pairs of features (Su et al. 2021): (T, hs/2) each."""
    angles = _angles(positions, head_width)
    return angles.cos().float(), angles.sin().float()


def _angles(positions: Tensor, width: int) -> Tensor:
    """p / 10000^(2i/width), in double precision: (T, width/2)"""
    frequencies = 10_000.0 ** (
        -torch.arange(0, width, 2, dtype=torch.float64, device=positions.device) / width
    )
    return positions.double()[:, None] * frequencies


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turns the pair (x_i, x_{i + hs/2}) of every head by its position's angle: (B, nh, T, hs)

    In single precision whatever the input's: the angles of neighbours differ by little.
    """
    cos, sin = turn
    a, b = x.float().chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1).to(x.dtype)


def alibi_slopes(n_head: int) -> Tensor:
    """Slopes of ALiBi (Press et al. 2021): 2^(-8/n), 2^(-16/n), ... for n heads: (nh,)

    Where n is no power of two: those of the power below, then every other of the power above.
    """
    power = 2 ** math.floor(math.log2(n_head))
    slopes = [2.0 ** (-8.0 * (i + 1) / power) for i in range(power)]
    between = [2.0 ** (-4.0 * (2 * i + 1) / power) for i in range(n_head - power)]
    return torch.tensor(slopes + between, device="cpu")


def t5_bucket(distance: Tensor, n_bucket: int = 32, max_distance: int = 128) -> Tensor:
    """Which of T5's causal buckets a distance >= 0 falls into (Raffel et al. 2020, section 2.1).

    Half the buckets are one distance each, the others grow logarithmically up to `max_distance`.
    """
    exact = n_bucket // 2
    far = distance.clamp(min=exact).double() / exact
    spread = (n_bucket - exact) / math.log(max_distance / exact)
    logarithmic = exact + (far.log() * spread).long()
    return torch.where(distance < exact, distance, logarithmic.clamp(max=n_bucket - 1))


class PositionBias(nn.Module):
    """Adds to a score what the distance is worth: ALiBi's fixed slopes or T5's learned buckets.

    One table serves all layers, as in T5. Only distances enter, so a window can slide.
    """

    bucket: Tensor
    slope: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        distance = torch.arange(config.block_size, device="cpu")
        if config.positions == "relative":
            self.table: nn.Parameter | None = nn.Parameter(torch.zeros(32, config.n_head))
            self.register_buffer("bucket", placed(t5_bucket(distance)), persistent=False)
        else:
            self.table = None
            slopes = alibi_slopes(config.n_head)
            bias = placed(-slopes[:, None] * distance)  # (nh, reach)
            self.register_buffer("slope", bias, persistent=False)

    def forward(self, T: int, S: int) -> Tensor:
        """The bias of the last T of S tokens against all S, later ones hidden: (1, nh, T, S)"""
        by_distance = self.slope if self.table is None else self.table[self.bucket].t()  # (nh, reach)
        device = by_distance.device
        query = torch.arange(S - T, S, device=device)[:, None]
        distance = query - torch.arange(S, device=device)  # (T, S)
        bias = by_distance[:, distance.clamp(min=0)]
        return bias.masked_fill(distance < 0, -math.inf)[None]
