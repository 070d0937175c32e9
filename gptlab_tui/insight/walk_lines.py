"""What a walk through a model is made of: a line for every tensor, with its shape, formula and values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A tensor on the way from the text to the next token."""

    where: str
    """The module that it belongs to, such as `h.0.attn`."""
    name: str
    formula: str
    """How it comes out of those before, in ASCII."""
    axes: str
    """Letters of its axes, such as "nh T S": tokens T, keys S, features C, heads nh of width hs, hidden
    features H, vocabulary V."""
    values: np.ndarray
    """32-bit floats, or ids."""
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """An activation's curve, and how many of a text's values fall where on it."""

    layer: int
    name: str
    edges: np.ndarray
    """(N + 1,): bounds of the bins, ascending."""
    x: np.ndarray
    """(N,): the middle of each bin."""
    y: np.ndarray
    """(N,): the function there."""
    counts: np.ndarray
    """(N,): values of the text in the bin."""


class Book:
    """Takes down the lines of those layers that are wanted, and what lies between layers."""

    def __init__(self, wanted: Callable[[int], bool]) -> None:
        self.wanted = wanted
        self.lines: list[Line] = []
        self.curves: list[Curve] = []
        self._layer: int | None = None

    def enter(self, layer: int | None) -> None:
        """From here on it is about this layer, or about none."""
        self._layer = layer

    @property
    def is_open(self) -> bool:
        """Whether what happens now is taken down."""
        return self._layer is None or self.wanted(self._layer)

    def where(self, part: str) -> str:
        """The name of a module, `h.0.ln_1` inside the first layer."""
        return part if self._layer is None else f"h.{self._layer}.{part}".rstrip(".")

    def add(self, part: str, name: str, formula: str, axes: str, tensor: Tensor, note: str = "") -> None:
        """Takes down a tensor of one sequence; of a batch of one, that one."""
        if not self.is_open:
            return
        if tensor.dim() == len(axes.split()) + 1:
            tensor = tensor[0]
        number = tensor.detach().cpu()
        values = (number.float() if number.is_floating_point() else number).numpy()
        self.lines.append(Line(self.where(part), name, formula, axes, values, note))
