"""What the view Depth tells in words: candidates, the way of the true token, means, formula and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.bars import bar
from gptlab_tui.render.depth_table import Shown, depth_table
from gptlab_tui.render.grid import Entry
from gptlab_tui.render.heat import Way, label_of
from gptlab_tui.serving.protocol import Message, unpack_array
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.view import Told

SHOWN: tuple[Shown, ...] = ("best", "rank", "probability")


@dataclass(frozen=True, slots=True, eq=False)
class Depths:
    """What D depths say at T tokens; see `insight.lens.Lens`."""

    names: tuple[str, ...]
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    dropped: int
    n_embd: int
    vocab_size: int
    best: np.ndarray
    best_probability: np.ndarray
    next_bits: np.ndarray
    next_rank: np.ndarray
    entropy_bits: np.ndarray
    divergence_bits: np.ndarray
    candidates: np.ndarray
    candidate_probability: np.ndarray
    words: dict[int, str]
    training: tuple[int, tuple[float, ...], tuple[float, ...]] | None
    """Of a linear lens: its steps, and its mean distance from the output at each depth, before and after."""

    @property
    def last(self) -> int:
        """The place of the last token, which nothing follows yet."""
        return len(self.ids) - 1

    def next_probability(self, depth: int, place: int) -> float:
        """Of the token that really follows; NaN for the last."""
        return float(2.0 ** -self.next_bits[depth, place])


def depths_of(answer: Message) -> Depths:
    """The answer of kind `lens`."""
    numbers = ("best", "best_probability", "next_rank", "entropy_bits", "divergence_bits")
    training = answer["training"]
    return Depths(
        names=(*answer["depths"][:-1], "output"),
        pieces=tuple(answer["pieces"]),
        ids=tuple(answer["ids"]),
        dropped=answer["dropped"],
        n_embd=answer["n_embd"],
        vocab_size=answer["vocab_size"],
        **{name: np.array(answer[name]) for name in numbers},
        next_bits=unpack_array(answer["next_bits"]),
        candidates=np.array(answer["candidates"]),
        candidate_probability=unpack_array(answer["candidate_probability"]),
        words={int(token): piece for token, piece in answer["words"].items()},
        training=None
        if training is None
        else (training["steps"], tuple(training["before"]), tuple(training["after"])),
    )


def table(found: Depths, shown: Shown, way: Way) -> tuple[list[str], list[list[Entry]]]:
    """The names of the lines, and a column for each token: what is read, each depth, what follows."""

    def best(depth: int, place: int) -> tuple[str, float]:
        return found.words[int(found.best[depth, place])], float(found.best_probability[depth, place])

    return depth_table(found.names, found.pieces, best, found.next_bits, found.next_rank, shown, way)


def around(lines: Sequence[str], place: int, height: int) -> list[str]:
    """As many of the lines as there is room for, the one at `place` among them."""
    first = max(0, min(place - height // 2, len(lines) - height))
    return list(lines[first : first + max(0, height)])


def cell_told(found: Depths, depth: int, place: int, way: Way, width: int, height: int) -> Told:
    """The candidates of one depth at one token; `>` is the one that really follows."""
    ids, chances = found.candidates[depth, place].tolist(), found.candidate_probability[depth, place].tolist()
    following = found.ids[place + 1] if place < found.last else None
    rows = [
        (token == following, label_of(found.words[token], way), chance)
        for token, chance in zip(ids, chances, strict=True)
    ][:height]
    if following is not None and following not in ids[:height]:
        mine = (True, label_of(found.pieces[place + 1], way), found.next_probability(depth, place))
        rows = [*rows[: height - 1], mine]
    wide = max((len(label) for _, label, _ in rows), default=1)
    wide = min(wide, 10)
    room = max(0, width - wide - 9)
    lines = [
        f"{'>' if mine else ' '} {label[:wide]:<{wide}} {chance:.3f}"
        f" {bar(chance, room, ascii_only=way == 'ascii')}".rstrip()
        for mine, label, chance in rows
    ]
    label = label_of(found.pieces[place], way)
    return Told(
        f"After `{label}`: {found.names[depth]}",
        lines,
        f"entropy {found.entropy_bits[depth, place]:.2f} bits",
    )


def layers_told(found: Depths, depth: int, place: int, way: Way, width: int, height: int) -> Told:
    """Rank and probability of the token that really follows, depth by depth."""
    if place == found.last:
        return Told("What follows", ["Nothing follows the last token:", "go one to the left."])
    wide = max(map(len, found.names))
    digits = max(4, len(f"{found.next_rank[:, place].max()}"))
    room = max(0, width - wide - digits - 11)
    lines = []
    for row, name in enumerate(found.names):
        chance = found.next_probability(row, place)
        drawn = bar(chance, room, ascii_only=way == "ascii")
        mark = ">" if row == depth else " "
        rank = found.next_rank[row, place]
        lines.append(f"{mark} {name:<{wide}} {rank:>{digits}}  {chance:.3f} {drawn}".rstrip())
    head = f"  {'':<{wide}} {'rank':>{digits}}  p"
    label = label_of(found.pieces[place + 1], way)
    return Told(f"`{label}` follows, by depth", [head, *around(lines, depth, height - 1)][:height])


def means_told(found: Depths, way: Way, width: int, height: int) -> Told:
    """A line for each depth: means over the text."""
    if found.last < 1:
        return Told("Over the text", [])
    wide = max(map(len, found.names))
    lines = [f"{'':<{wide}} right rank  bits   KL"]
    for depth, name in enumerate(found.names):
        ranks = found.next_rank[depth, :-1]
        bits = found.next_bits[depth, :-1].mean()
        far = found.divergence_bits[depth].mean()
        right = (ranks == 1).mean()
        lines.append(f"{name:<{wide}} {right:>5.0%} {np.median(ranks):>4.0f} {bits:>5.2f} {far:>4.2f}")
    if found.training is not None:
        lines += ["", f"lens trained for {found.training[0]:,} steps;", "KL on validation text, before it:"]
        pairs = zip(found.names, found.training[1], found.training[2], strict=False)
        lines += [f"{name:<{wide}} {before:>5.2f} → {after:.2f}" for name, before, after in pairs]
        if way == "ascii":
            lines = [line.replace("→", "->") for line in lines]
    return Told("Over the text", lines[:height])


def explain(found: Depths, reading: Reading, depth: int, place: int, way: Way) -> Explanation:
    """What a lens does, and the numbers of the cell."""
    D, T = found.best.shape
    numbers = [
        ("model", reading.model),
        ("x, the stream at a depth", f"({T}, {found.n_embd}); {D} depths: {', '.join(found.names)}"),
        ("W of the head", f"({found.vocab_size:,}, {found.n_embd})"),
        ("cell", f"{found.names[depth]}, after `{label_of(found.pieces[place], way)}` at {place}"),
        (
            "most probable",
            f"`{label_of(found.words[int(found.best[depth, place])], way)}`"
            f" {found.best_probability[depth, place]:.3f}",
        ),
        ("entropy", f"{found.entropy_bits[depth, place]:.2f} of {math.log2(found.vocab_size):.2f} bits"),
        ("KL(output || depth)", f"{found.divergence_bits[depth, place]:.2f} bits"),
    ]
    if place < found.last:
        numbers.append(
            (
                f"`{label_of(found.pieces[place + 1], way)}`, which follows",
                f"p {found.next_probability(depth, place):.3f}, -log2 p = "
                f"{found.next_bits[depth, place]:.2f} bits, rank {found.next_rank[depth, place]:,}",
            )
        )
    if found.last >= 1:
        right = (found.next_rank[:, :-1] == 1).mean(axis=1)
        each = zip(found.names, right, strict=True)
        numbers.append(("right over the text", ", ".join(f"{name} {share:.0%}" for name, share in each)))
    formula = "p = softmax(W norm(x))"
    says = (
        "The model's own last norm and head, put on the stream after every layer: what it would say next if "
        "it ended there. Early layers need not speak the head's language, so what looks like nonsense may "
        "be sense to the layers after."
    )
    if found.training is not None:
        steps, before, after = found.training
        formula = "p = softmax(W norm(x + A x + b)),  A and b for each depth, trained by KL(output || p)"
        says += " The linear lens first translates: trained on the run's text, the model stays as it is."
        pairs = zip(before, after, strict=True)
        numbers.append(
            (f"KL after {steps:,} steps", ", ".join(f"{one:.2f} to {two:.2f}" for one, two in pairs))
        )
    return Explanation(
        title="Prediction by depth",
        says=says,
        formula=formula,
        numbers=tuple(numbers),
        source="nostalgebraist 2020; Belrose et al. 2023 (arXiv 2303.08112); insight/lens.py.",
    )
