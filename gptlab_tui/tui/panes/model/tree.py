"""The modules and tensors of a model as the model process tells them, and as the rows of a folded tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gptlab_tui.render.bars import bar
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.heat import Way
from gptlab_tui.render.units import about, share
from gptlab_tui.serving.protocol import Message

_PREFIX = "transformer."
#: Columns of a shape, of a number, of a share; columns from which on there is room for the share.
_SHAPE, _COUNT, _SHARE, _WIDE = 9, 5, 7, 52
#: Columns from which on there is room for a bar.
_BARS = 36


@dataclass(frozen=True, slots=True)
class Node:
    """A module, or (with a shape) a tensor."""

    path: str
    """Such as `h.0.attn`, `h.0.attn.c_attn.weight`; "" is the whole model."""
    name: str
    kind: str
    """The class of a module, or that of the one that a tensor belongs to."""
    parameters: int
    shape: tuple[int, ...] | None = None
    tied_to: str = ""
    children: tuple[Node, ...] = ()

    @property
    def tensor(self) -> str:
        """The name of the numbers; "" of a module."""
        return "" if self.shape is None else self.tied_to or self.path

    def walk(self) -> Iterator[Node]:
        """Itself and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """A model's modules, and its parameters by part."""

    run: str
    step: int
    parameters: int
    facts: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    root: Node
    n_layer: int

    def node(self, path: str) -> Node | None:
        """The node at a path, if there is one."""
        return next((node for node in self.root.walk() if node.path == path), None)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the tree."""

    node: Node
    depth: int
    is_open: bool | None
    """None where nothing is below it."""


def tree_of(answer: Message) -> Tree:
    """The answer of kind `tree`."""
    facts = (
        f"{answer['n_layer']} layers",
        f"{answer['n_head']} heads",
        f"{answer['n_embd']:,} features",
        f"context {answer['block_size']:,}",
        f"vocabulary {answer['vocab_size']:,}",
        f"positions {answer['positions']}",
        f"activation {answer['activation']}",
    )
    return Tree(
        str(answer["run"]),
        int(answer["step"]),
        int(answer["parameters"]),
        facts,
        tuple((part["name"], part["parameters"]) for part in answer["parts"]),
        _node("", answer["tree"]),
        int(answer["n_layer"]),
    )


def _node(path: str, module: dict[str, Any]) -> Node:
    below: list[Node] = []
    for tensor in module["tensors"]:
        full = _join(path, tensor["name"])
        tied = str(tensor["tied_to"]).removeprefix(_PREFIX)
        size = 1
        for side in tensor["shape"]:
            size *= side
        count = 0 if tied else size
        below.append(Node(full, tensor["name"], module["kind"], count, tuple(tensor["shape"]), tied))
    for child in module["children"]:
        node = _node(_join(path, child["name"]), child)
        # A module of tensors alone is told by them: c_attn, or c_attn.weight and c_attn.bias.
        if child["tensors"] and not child["children"]:
            lone = [tensor.name for tensor in node.children] == ["weight"]
            below += [
                replace(tensor, name=child["name"] if lone else f"{child['name']}.{tensor.name}")
                for tensor in node.children
            ]
        else:
            below.append(node)
    name = "whole model" if not path else str(module["name"])
    return Node(path, name, str(module["kind"]), int(module["parameters"]), None, "", tuple(below))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}".removeprefix(".").removeprefix(_PREFIX)


def rows_of(tree: Tree, opened: Collection[str]) -> tuple[Row, ...]:
    """The rows in sight: the whole model, then all whose modules are open."""
    return (Row(tree.root, 0, None), *_below(tree.root, 0, opened))


def _below(node: Node, depth: int, opened: Collection[str]) -> Iterator[Row]:
    for child in node.children:
        is_open = child.path in opened if child.children else None
        yield Row(child, depth, is_open)
        if is_open:
            yield from _below(child, depth + 1, opened)


def above(path: str, tree: Tree) -> list[str]:
    """The modules that a node lies in, the outermost first."""

    def look(node: Node) -> list[str] | None:
        if node.path == path:
            return []
        for child in node.children:
            found = look(child)
            if found is not None:
                return [node.path, *found]
        return None

    return look(tree.root) or []


def lines(rows: Sequence[Row], tree: Tree, way: Way, width: int) -> list[str]:
    """Each row as a line: its name, its shape, its parameters, and their share of all as a bar."""
    shut, open_ = ("+", "-") if way == "ascii" else ("▸", "▾")
    wide = width >= _WIDE
    more = (1 + _SHARE if wide else 0) + (5 if width >= _BARS else 0)
    left = min(22, max(12, width - _SHAPE - _COUNT - 2 - more))
    told = []
    for row in rows:
        sign = " " if row.is_open is None else open_ if row.is_open else shut
        node = row.node
        front = node.name if not node.path else f"{' ' * row.depth}{sign} {node.name}"
        part = node.parameters / tree.parameters if tree.parameters else 0.0
        shape = "x".join(map(str, node.shape)) if node.shape is not None else ""
        count = "tied" if node.tied_to else about(node.parameters)
        line = f"{fit(front, left)} {shape:>{_SHAPE}} {count:>{_COUNT}}"
        if wide:
            line += f" {share(part).replace(' ', ''):>{_SHARE}}"
        room = width - len(line) - 1
        drawn = bar(part, room, ascii_only=way == "ascii") if room > 2 else ""
        told.append(f"{line} {drawn}".rstrip())
    return told
