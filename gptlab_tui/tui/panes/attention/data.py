"""What the model process says of its attention, and what is told of it in words and numbers."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.cells import cell_len

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.links import Link
from gptlab_tui.model.head_names import Heads as HeadNames
from gptlab_tui.model.head_names import names_of, ordered, told
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import Scale, Way, label_of
from gptlab_tui.serving.protocol import Message, unpack_array
from gptlab_tui.tui.unknown import named


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """A text as a model read it: its tokens, and a small map of every head."""

    run: str
    step: int
    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    positions: str
    pieces: tuple[str, ...]
    dropped: int
    """Tokens in front that the context did not hold."""
    lacking: tuple[str, ...]
    """Characters of the text that the model lacks, and was told what to do with."""
    off: HeadNames
    """Those that are switched off."""
    small: np.ndarray
    """(n_layer, n_head + 1, t, t): pooled weights; the last of each layer is the mean of its heads."""

    @property
    def head_width(self) -> int:
        """hs: features of a query or a key."""
        return self.n_embd // self.n_head


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """One head of a layer, or the mean of its heads (`head` is None)."""

    layer: int
    head: int | None
    weights: np.ndarray
    """(T, T)."""
    scores: np.ndarray | None
    """(T, T): q k^T, not scaled; None for a mean."""
    bias: np.ndarray | None
    """(T, T): what positions add to the scaled scores, where they do."""
    entropy_bits: tuple[float, ...]
    """Of every row."""
    links: tuple[Link, ...]
    """The strongest ones."""


def heads_of(answer: Message) -> Heads:
    """The answer of kind `heads`."""
    names = ("run", "step", "n_layer", "n_head", "n_embd", "block_size", "positions", "dropped")
    return Heads(
        **{name: answer[name] for name in names},
        pieces=tuple(answer["pieces"]),
        lacking=tuple(answer["lacking"]),
        off=ordered(answer["off"]),
        small=unpack_array(answer["small"]),
    )


def map_of(answer: Message) -> Map:
    """The answer of kind `map`."""
    return Map(
        layer=answer["layer"],
        head=answer["head"],
        weights=unpack_array(answer["weights"]),
        scores=_array(answer["scores"]),
        bias=_array(answer["bias"]),
        entropy_bits=tuple(answer["entropy_bits"]),
        links=tuple(Link(*link) for link in answer["links"]),
    )


def _array(value: Any) -> np.ndarray | None:
    return None if value is None else unpack_array(value)


def what_was_read(heads: Heads, unknown: str) -> str:
    """The model, and how much it has read of the text."""
    parts = [f"{heads.run}, step {heads.step:,} - {len(heads.pieces)} tokens"]
    if heads.off:
        parts.append(told(heads.off))
    if heads.lacking:
        parts.append(f"{named(heads.lacking)} {'left out' if unknown == 'skip' else 'replaced'}")
    if heads.dropped:
        parts.append(f"the {heads.dropped:,} before left out")
    return display(", ".join(parts))


def which(found: Map) -> str:
    """Layer and head in words."""
    return f"layer {found.layer}, " + ("mean of the heads" if found.head is None else f"head {found.head}")


def readout(link: Link, pieces: Sequence[str], way: Way) -> str:
    """The weight under the cursor: query, key, weight, and where they stand; of a steady width."""
    arrow = "->" if way == "ascii" else "→"
    query, key = (label_of(pieces[place], way) for place in (link.query, link.key))
    return f"{link.weight:.3f}  `{query}` {arrow} `{key}`  ({link.query}{arrow}{link.key})"


def link_lines(found: Map, pieces: Sequence[str], way: Way, width: int) -> list[str]:
    """The strongest links in words, each with its places where they have room."""
    labels = [label_of(piece, way) for piece in pieces]
    arrow = "->" if way == "ascii" else "→"
    lines = []
    for link in found.links:
        words = link.words(labels)
        whole = f"{words}  ({link.query}{arrow}{link.key})"
        lines.append(whole if cell_len(whole) <= width else words)
    return lines


def command_line(
    text: str,
    heads: Heads | None,
    found: Map | None,
    way: Way,
    scale: Scale,
    step: object = None,
    unknown: str = "error",
    row: int | None = None,
) -> str:
    """The command that prints the map, or one row of it."""
    words = ["gptlab", "inspect", "attention", *(["--"] if text.startswith("-") else []), text]
    options = []
    if heads is not None:
        options += ["--run", heads.run]
        options += ["--step", str(heads.step)] if step is not None else []
        options += ["--without-heads", ",".join(names_of(heads.off))] if heads.off else []
    if found is not None:
        options += ["--layer", str(found.layer)]
        options += ["--head", str(found.head)] if found.head is not None else []
    options += ["--row", str(row)] if row is not None else []
    options += ["--ascii"] if way == "ascii" else []
    options += ["--unknown", unknown] if unknown != "error" else []
    options += ["--scale", "linear"] if scale == "linear" and row is None else []
    return shlex.join([*words[:3], *options, *words[3:]])


def explain(heads: Heads, found: Map, link: Link | None, way: Way) -> Explanation:
    """The formula of the attention, its shapes here, and the numbers of the weight under the cursor."""
    T, hs = len(heads.pieces), heads.head_width
    numbers = [
        ("model", f"{heads.run}, step {heads.step:,}"),
        ("shown", which(found)),
        ("T, tokens", f"{T} of at most {heads.block_size}"),
        ("q, k, v of a head", f"({T}, {hs}) each: hs = {heads.n_embd} / {heads.n_head} heads = {hs}"),
        ("weights of a head", f"({T}, {T}), all heads of the layer ({heads.n_head}, {T}, {T})"),
    ]
    if link is not None:
        numbers += _numbers_of(heads, found, link, way)
    return Explanation(
        title="Attention",
        says=(
            "Each token asks (q), each one before it and itself offers (k); the better they fit, the more of"
            " that token's content (v) is taken. A row of the map is a token that looks, and sums to 1."
        ),
        formula=(
            "weights = softmax(q k^T / sqrt(hs) + mask)\n"
            "out     = weights v          mask: 0 up to the token itself, -inf for later ones"
        ),
        numbers=tuple(numbers),
        source=f"Positions: {heads.positions}. Vaswani et al. 2017, section 3.2.1; model/gpt.py, Attention.",
    )


def _numbers_of(heads: Heads, found: Map, link: Link, way: Way) -> list[tuple[str, str]]:
    query, key = (label_of(heads.pieces[place], way) for place in (link.query, link.key))
    lines = [("query and key", f"`{query}` at {link.query}, `{key}` at {link.key}")]
    if found.scores is None:
        lines.append(("q k^T", "a mean of heads has none: choose a head"))
    else:
        row = found.scores[link.query, : link.query + 1].astype(np.float64) / math.sqrt(heads.head_width)
        score = float(found.scores[link.query, link.key])
        lines += [
            ("q . k", f"{score:.3f}"),
            ("q . k / sqrt(hs)", f"{score:.3f} / {math.sqrt(heads.head_width):.3f} = {row[link.key]:.3f}"),
        ]
        if found.bias is not None:
            added = found.bias[link.query, : link.query + 1]
            row = row + added
            lines.append(("positions add", f"{added[link.key]:.3f}"))
        total = float(row.max() + np.log(np.exp(row - row.max()).sum()))
        here = f"{row[link.key]:.3f}"
        lines.append(
            ("softmax", f"exp({here}) / sum of {len(row)} = exp({here} - {total:.3f}) = {link.weight:.3f}")
        )
    lines += [
        ("weight", f"{link.weight:.3f} (an even look would give {1 / (link.query + 1):.3f})"),
        (
            "entropy of the row",
            f"{found.entropy_bits[link.query]:.2f} of {math.log2(link.query + 1):.2f} bits",
        ),
    ]
    return lines
