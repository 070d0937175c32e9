"""The optimizer: what turns gradients into other weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw


class AdamW:
    """AdamW (Loshchilov & Hutter 2019); for every weight w with gradient g, at its t-th update

        m <- beta1 m + (1 - beta1) g              the gradient's mean: `exp_avg`
        v <- beta2 v + (1 - beta2) g²             its size: `exp_avg_sq`
        w <- w - rate (decay w + (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps))

    The arithmetic is PyTorch's, in one pass over the memory. `torch.optim.AdamW` does the same, but its
    first update loads PyTorch's compiler, for which a training would wait longer than for PyTorch itself.
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        """Each group has `params`, and may have a `weight_decay`, else 0, and more to know it by.

        `rate` is the learning rate of all groups at first, `betas` and `epsilon` are those of the formula.
        """
        self.param_groups: list[dict[str, Any]] = [
            {"weight_decay": 0.0, **group, "params": list(group["params"]), "lr": rate} for group in groups
        ]
        """Its learning rate `lr` is read at every update. (The names are those of PyTorch.)"""
        self.state: defaultdict[Tensor, dict[str, Tensor]] = defaultdict(dict)
        """`exp_avg`, `exp_avg_sq` and `step` = t of every parameter that was updated."""
        self._betas, self._epsilon = betas, epsilon

    def zero_grad(self) -> None:
        """Forgets the gradients, and frees their memory."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Updates every parameter that has a gradient."""
        for group in self.param_groups:
            parameters = [one for one in group["params"] if one.grad is not None]
            if not parameters:
                continue
            states = [self._state_of(one) for one in parameters]
            adamw(
                parameters,
                [one.grad for one in parameters],
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [],
                [state["step"] for state in states],
                fused=True,
                amsgrad=False,
                maximize=False,
                beta1=self._betas[0],
                beta2=self._betas[1],
                eps=self._epsilon,
                lr=group["lr"],
                weight_decay=group["weight_decay"],
            )

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), device=parameter.device)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state
