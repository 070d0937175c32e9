"""What the model process says of weights: one of them, their past, the hidden units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gptlab_tui.insight.numbers import Rank, Statistics
from gptlab_tui.serving.protocol import Message, unpack_array


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """A tensor, pooled to what the screen shows, and the statistics of all of it."""

    name: str
    shape: tuple[int, ...]
    map: np.ndarray
    """(rows, columns), divided by `limit`."""
    limit: float
    signed: bool
    """Whether any of its numbers is negative."""
    high: int
    wide: int
    """So many rows and columns of the tensor are one of the map."""
    about: Statistics
    rank: Rank | None
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The norm of every tensor at the snapshots of a run; of its gradient where that was computed."""

    run: str
    steps: tuple[int, ...]
    norms: dict[str, tuple[float, ...]]
    gradients: dict[str, tuple[float, ...]]
    """Empty where nobody asked for them; nan at a snapshot that came after they were measured."""
    whole: tuple[float | None, ...]
    """The mean norm of the whole gradient since the snapshot before, as the journal has it."""
    passed_over: tuple[int, ...] = ()
    """Steps whose snapshots could not be read."""

    def after(self, before: Past) -> Past:
        """The same with the gradients that an earlier answer about the run had, where it has none itself."""
        if self.gradients or before.run != self.run:
            return self
        kept = {
            name: dict(zip(before.steps, values, strict=True)) for name, values in before.gradients.items()
        }
        gradients = {
            name: tuple(values.get(step, math.nan) for step in self.steps) for name, values in kept.items()
        }
        return replace(self, gradients=gradients)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The hidden units of a layer on the training text."""

    dead: int
    saturated: int
    on: np.ndarray
    """(H,): the share of the tokens for which each is on, the largest first."""
    bounds: tuple[float, float]
    """Of its argument: a unit is on above the first, open above the second."""


def weight_of(answer: Message) -> Weight:
    """The answer of kind `weight`."""
    rank = answer["rank"]
    return Weight(
        str(answer["name"]),
        tuple(answer["shape"]),
        unpack_array(answer["map"]),
        float(answer["limit"]),
        bool(answer["signed"]),
        int(answer["high"]),
        int(answer["wide"]),
        Statistics(**answer["about"]),
        None if rank is None else Rank(int(rank[0]), float(rank[1])),
        tuple(answer["edges"]),
        tuple(answer["counts"]),
    )


def past_of(answer: Message) -> Past:
    """The answer of kind `past`."""
    norms, gradients = (
        {name: tuple(values) for name, values in answer[kind].items()} for kind in ("norms", "gradients")
    )
    return Past(
        str(answer["run"]),
        tuple(answer["steps"]),
        norms,
        gradients,
        tuple(answer["whole"]),
        tuple(answer["passed_over"]),
    )


def units_of(answer: Message) -> tuple[Units, ...]:
    """The answer of kind `units`, a layer each."""
    return tuple(
        Units(int(one["dead"]), int(one["saturated"]), unpack_array(one["on"]), tuple(one["bounds"]))
        for one in answer["layers"]
    )
