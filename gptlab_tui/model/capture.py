"""What the explicit path of the decoder saw: named tensors, kept on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(slots=True)
class Capture:
    """Collects tensors of a forward pass by name, such as `h.2.weights` or `final`.

    Per layer `h.N`: q, k, v, scores, scaled, masked, weights, heads, attn_branch, after_attn,
    before_activation, activation, mlp_branch, after_mlp; and embedded, final, logits.
    `wanted` says which names are worth keeping; by default all are.
    """

    wanted: Callable[[str], bool] = lambda name: True
    tensors: dict[str, Tensor] = field(default_factory=dict)
    prefix: str = ""

    def inside(self, part: str) -> Capture:
        """A view that puts `part.` before its names and fills the same dictionary."""
        return Capture(self.wanted, self.tensors, f"{self.prefix}{part}.")

    def keep(self, name: str, tensor: Tensor) -> None:
        """Keeps `tensor`, detached, if its full name is wanted."""
        full = self.prefix + name
        if self.wanted(full):
            self.tensors[full] = tensor.detach()

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]
