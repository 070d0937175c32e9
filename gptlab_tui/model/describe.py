"""A model as data: its module tree with every shape, and its parameters by part with shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.budget import blueprint, part_of, parts_of
from gptlab_tui.model.gpt import GPT


@dataclass(frozen=True, slots=True)
class Tensor:
    """A parameter of a module: its own name, its shape, and whose it is where it is shared."""

    name: str
    shape: tuple[int, ...]
    tied_to: str = ""

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.shape))
        return f"{self.name} {shape}" + (f" (is {self.tied_to})" if self.tied_to else "")


@dataclass(frozen=True, slots=True)
class Module:
    """A node of the tree. `parameters` are its own and its children's, shared ones counted once."""

    name: str
    kind: str
    part: str
    """Which part its own tensors belong to; empty where it has none."""
    parameters: int
    tensors: tuple[Tensor, ...]
    children: tuple[Module, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Parameters of a part of the model; `share` of all, 0 to 1."""

    name: str
    parameters: int
    share: float


@dataclass(frozen=True, slots=True)
class Description:
    """All of the above, for a model of `vocab_size` tokens."""

    vocab_size: int
    parameters: int
    parts: tuple[Part, ...]
    tree: Module

    def to_json(self) -> dict[str, Any]:
        """As plain objects and lists."""
        return asdict(self)


def describe(config: ModelConfig, vocab_size: int) -> Description:
    """The description of a model that need not exist; nothing is allocated."""
    return describe_model(blueprint(config, vocab_size), vocab_size)


def describe_model(model: GPT, vocab_size: int) -> Description:
    """The description of a model that is there: the same, without PyTorch's slow start for none."""
    counts = parts_of(model)
    total = sum(counts.values())
    parts = tuple(Part(name, count, count / total) for name, count in counts.items())
    return Description(vocab_size, total, parts, _module("", model, {}))


def _module(path: str, module: nn.Module, seen: dict[int, str]) -> Module:
    """The node of `module`; `seen` are the parameters above and before it, by identity."""
    tensors, part, own = [], "", 0
    for name, parameter in module.named_parameters(recurse=False):
        full = f"{path}.{name}"
        first = seen.setdefault(id(parameter), full)
        part = part_of(full)
        if first == full:
            own += parameter.numel()
        tensors.append(Tensor(name, tuple(parameter.shape), "" if first == full else first))
    children = tuple(
        _module(f"{path}.{name}" if path else name, child, seen) for name, child in module.named_children()
    )
    total = own + sum(child.parameters for child in children)
    name = path.rpartition(".")[2] or "model"
    return Module(name, type(module).__name__, part, total, tuple(tensors), children)


def folded(children: tuple[Module, ...]) -> Iterator[tuple[str, Module]]:
    """Children with runs of equal ones folded: ("0 … 3", the first of them), ("wte", ...)

    Equal are two that differ in nothing but their own name.
    """
    index = 0
    while index < len(children):
        first, last = children[index], index
        while last + 1 < len(children) and _same(first, children[last + 1]):
            last += 1
        name = first.name if last == index else f"{first.name} … {children[last].name}"
        yield name, first
        index = last + 1


def _same(one: Module, other: Module) -> bool:
    return (one.kind, one.tensors, one.children) == (other.kind, other.tensors, other.children) and (
        one.name.isdigit() and other.name.isdigit()
    )
