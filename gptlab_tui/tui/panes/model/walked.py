"""What the model process says of a text's walk through a model: the steps, and one tensor of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gptlab_tui.insight.numbers import Statistics
from gptlab_tui.model.head_names import Heads, ordered
from gptlab_tui.render.fitting import fit
from gptlab_tui.serving.protocol import Message, unpack_array


@dataclass(frozen=True, slots=True)
class Step:
    """A tensor on the way."""

    where: str
    name: str
    formula: str
    axes: str
    shape: tuple[int, ...]
    note: str


@dataclass(frozen=True)
class Steps:
    """A text as a model read it, and all tensors of its way through one layer."""

    run: str
    step: int
    off: Heads
    """Heads that were switched off."""
    n_layer: int
    n_head: int
    layer: int
    pieces: tuple[str, ...]
    dropped: int
    lacking: tuple[str, ...]
    difference: float
    """The largest difference of the logits from the model's own, computed step by step."""
    difference_fast: float
    parts: tuple[str, ...]
    """Who wrote the last stream."""
    steps: tuple[Step, ...]

    @cached_property
    def rows(self) -> tuple[int | str, ...]:
        """What is listed: the places of the steps, and before those of a module its name."""
        rows: list[int | str] = []
        where = None
        for place, step in enumerate(self.steps):
            if step.where != where:
                where = step.where
                rows.append(where or ("the text" if not place else "the stream"))
            rows.append(place)
        return tuple(rows)

    @property
    def headings(self) -> frozenset[int]:
        """Which of the rows are names of modules."""
        return frozenset(row for row, place in enumerate(self.rows) if isinstance(place, str))

    def find(self, key: tuple[str, str]) -> int:
        """The place of a step by where it is (`*` for the layer) and its name; 0 where there is none."""
        where = key[0].replace("*", str(self.layer))
        named = [place for place, step in enumerate(self.steps) if step.name == key[1]]
        return next((place for place in named if self.steps[place].where == where), (named or [0])[0])

    def key(self, place: int) -> tuple[str, str]:
        """By which a step is found again, in whichever layer."""
        step = self.steps[place]
        return _in_any_layer(step.where, self.layer), step.name


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The numbers of one step: pooled as a map, and those of one token."""

    place: int
    position: int
    head: int | None
    map: np.ndarray | None = None
    limit: float = 1.0
    signed: bool = True
    """Whether any of its numbers is negative."""
    high: int = 1
    wide: int = 1
    row: tuple[float, ...] = ()
    """Of the token, as many as are told; of one number a token, those of all tokens."""
    row_about: Statistics | None = None
    about: Statistics | None = None
    beside: tuple[tuple[str, float], ...] = ()
    """What the same module says of the token in one number."""
    other: tuple[float, ...] = ()
    """With the weights of attention, those without scaling, or the other way round."""
    best: tuple[tuple[str, float], ...] = ()
    """The tokens of the vocabulary with the largest numbers."""
    curve: tuple[tuple[float, ...], ...] = ()
    """x, y and counts of the activation."""


def steps_of(answer: Message) -> Steps:
    """The answer of kind `steps`."""
    plain = ("run", "step", "n_layer", "n_head", "layer", "dropped", "difference", "difference_fast")
    return Steps(
        **{name: answer[name] for name in plain},
        off=ordered(answer["off"]),
        pieces=tuple(answer["pieces"]),
        lacking=tuple(answer["lacking"]),
        parts=tuple(answer["parts"]),
        steps=tuple(
            Step(where, name, formula, axes, tuple(shape), note)
            for where, name, formula, axes, shape, note in answer["steps"]
        ),
    )


def seen_of(answer: Message) -> Seen:
    """The answer of kind `line`."""
    about, row_about = answer.get("about"), answer.get("row_about")
    return Seen(
        place=int(answer["place"]),
        position=int(answer["position"]),
        head=answer["head"],
        map=unpack_array(answer["map"]) if "map" in answer else None,
        limit=float(answer.get("limit", 1.0)),
        signed=bool(answer.get("signed", True)),
        high=int(answer.get("high", 1)),
        wide=int(answer.get("wide", 1)),
        row=tuple(answer.get("row", ())),
        row_about=None if row_about is None else Statistics(**row_about),
        about=None if about is None else Statistics(**about),
        beside=tuple((name, value) for name, value in answer.get("beside", ())),
        other=tuple(answer.get("other", ())),
        best=tuple((piece, value) for piece, value in answer.get("best", ())),
        curve=tuple(tuple(one) for one in answer.get("curve", ())),
    )


def lines(steps: Steps, width: int) -> Sequence[str]:
    """The list: names of modules, and below each its tensors with their shapes."""
    told = []
    for row in steps.rows:
        if isinstance(row, str):
            told.append(row)
            continue
        step = steps.steps[row]
        shape = "x".join(map(str, step.shape)) if step.axes else ""
        room = width - 2 - len(shape) - 1
        told.append(f"  {fit(step.name, max(8, room))} {shape}")
    return told


def _in_any_layer(where: str, layer: int) -> str:
    start = f"h.{layer}"
    return f"h.*{where.removeprefix(start)}" if where == start or where.startswith(f"{start}.") else where
