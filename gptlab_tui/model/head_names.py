"""Attention heads by their names, `layer.head`, both from 0. No torch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from gptlab_tui.errors import GPTLabError

#: (layer, head), in order and each once.
Heads: TypeAlias = tuple[tuple[int, int], ...]

_NAME = re.compile(r"(\d+)\.(\d+)")


def heads_of(text: str) -> Heads:
    """((0, 1), (2, 3)) of "0.1,2.3"; raises GPTLabError for what is no name."""
    found = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        match = _NAME.fullmatch(name)
        if match is None:
            raise GPTLabError(f"{name!r} is not a head.", "Like 2.3: head 3 of layer 2, both from 0.")
        found.append((int(match[1]), int(match[2])))
    return ordered(found)


def ordered(heads: Iterable[Iterable[int]]) -> Heads:
    """Heads in order, each once."""
    return tuple(sorted({(int(layer), int(head)) for layer, head in heads}))


def names_of(heads: Heads) -> list[str]:
    """["0.1", "2.3"]"""
    return [f"{layer}.{head}" for layer, head in heads]


def told(heads: Heads) -> str:
    """Such as "2 heads off"; "" for none."""
    return f"{len(heads)} {'head' if len(heads) == 1 else 'heads'} off" if heads else ""
