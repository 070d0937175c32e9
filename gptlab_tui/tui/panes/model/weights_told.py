"""What is drawn and told of the module or tensor under the cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from gptlab_tui.explain.weights import unit_bounds
from gptlab_tui.render.bars import bar, marked_sparkline
from gptlab_tui.render.fitting import fit, fold, packed
from gptlab_tui.render.heat import Cell, Way, plain
from gptlab_tui.render.matrix_map import Drawn, draw_map
from gptlab_tui.render.profile import draw_profile
from gptlab_tui.render.skyline import skyline
from gptlab_tui.render.units import about as in_short
from gptlab_tui.render.units import share
from gptlab_tui.render.walk import number
from gptlab_tui.tui.panes.model.tree import Node, Tree
from gptlab_tui.tui.panes.model.weighed import Past, Units, Weight

#: Columns of a number.
_NUMBER = 8
#: Columns from which on a count has room for all its digits.
_ROOM_FOR_WHOLE = 56


@dataclass(frozen=True, slots=True)
class About:
    """All that is known of what the cursor stands on."""

    tree: Tree
    node: Node
    weight: Weight | None
    """None for a module, and until it is there."""
    past: Past | None
    units: tuple[Units, ...] | str | None
    """Of all layers; or why they could not be counted; None until they are."""

    @property
    def layer(self) -> int | None:
        """The layer that it lies in."""
        start, _, rest = self.node.path.partition(".")
        number = rest.partition(".")[0]
        return int(number) if start == "h" and number.isdigit() else None

    @property
    def is_of_units(self) -> bool:
        """Whether hidden units are its matter."""
        return not self.node.path or "mlp" in self.node.path.split(".")


def row_names(weight: Weight) -> list[str]:
    """The numbers of the rows of the tensor, of those that begin a place of its map."""
    return [str(row * weight.high) for row in range(len(weight.map))]


def picture(about: About, way: Way, width: int, height: int) -> Drawn:
    """The heat map of a matrix, the bars of a vector, or of a module where its parameters are."""
    if about.weight is not None and len(about.weight.map) == 1:
        values = (about.weight.map[0] * about.weight.limit).tolist()
        return Drawn([plain(line) for line in draw_profile(values, way, width, height)], 1, 1)
    if about.weight is not None:
        return draw_map(
            about.weight.map, row_names(about.weight), way, width, height, signed=about.weight.signed
        )
    return Drawn(parts_cells(about, way, width, height), 1, 1)


def parts_cells(about: About, way: Way, width: int, height: int) -> list[list[Cell]]:
    """Where parameters are: by part for the whole model, else by what the module consists of."""
    node = about.node
    parts = about.tree.parts if not node.path else [(one.name, one.parameters) for one in node.children]
    whole = max(1, node.parameters)
    label = max((len(name) for name, _ in parts), default=0)
    lines = []
    wide = width >= _ROOM_FOR_WHOLE
    for name, count in parts:
        told = f"{count:>11,}" if wide else f"{in_short(count):>5}"
        front = f" {name:<{label}} {told} {100 * count / whole:5.1f}% "
        room = max(0, width - len(front))
        lines.append(front + bar(count / whole, room, ascii_only=way == "ascii"))
    below = [one for one in node.walk() if one.shape is not None and not one.tied_to]
    if about.is_of_units and about.layer is not None and len(lines) + 8 < height:
        lines += [
            "",
            " How often each hidden unit is on, by rank",
            *unit_skyline(about, way, width - 1, min(8, height - len(lines) - 4)),
        ]
    if about.past is not None and about.past.steps and len(lines) + 4 <= height and width >= _ROOM_FOR_WHOLE:
        lines += ["", *norm_lines(below, about.past, way, width, height - len(lines) - 1)]
    return [plain(line) for line in lines[:height]]


def norm_lines(tensors: Sequence[Node], past: Past, way: Way, width: int, height: int) -> list[str]:
    """A line a tensor: its norm at the first snapshot, its way, and its norm at the last."""
    label = min(30, max(len(one.path) for one in tensors))
    shown = _thinned(len(past.steps), max(2, width - label - 24))
    lines = [
        f" {'norm over the training':<{label}} {'first':>{_NUMBER}} {'':{len(shown)}} {'last':>{_NUMBER}}"
    ]
    for one in tensors:
        norms = past.norms.get(one.path)
        if norms is not None:
            drawn = marked_sparkline([norms[at] for at in shown], None, ascii_only=way == "ascii")
            ends = f"{number(norms[0]):>{_NUMBER}} {drawn} {number(norms[-1]):>{_NUMBER}}"
            lines.append(f" {fit(one.path, label)} {ends}")
    if len(lines) > height:
        lines = [*lines[: height - 1], f" and {len(lines) - height + 1:,} more tensors"]
    return lines


def unit_skyline(about: About, way: Way, width: int, height: int) -> list[str]:
    """How often each hidden unit is on, the most frequent first; of all layers, or of the module's."""
    if about.units is None or isinstance(about.units, str) or about.layer is None or height < 2 or width < 8:
        return []
    on = about.units[about.layer].on.tolist()
    drawn = skyline(on, width - 5, height, way, 1.0)
    fronts = ["100%", *[""] * (len(drawn) - 2), "0%"]
    return [f"{front:>4} {line}" for front, line in zip(fronts, drawn, strict=True)]


def number_lines(about: About, width: int) -> list[str]:
    """Statistics of a tensor, or what a module is."""
    node, weight = about.node, about.weight
    part = share(node.parameters, about.tree.parameters)
    lines = []
    if weight is not None:
        found, rank = weight.about, weight.rank
        pairs = [
            ("mean", _short(found.mean)),
            ("dev.", _short(found.deviation)),
            ("min", _short(found.minimum)),
            ("max", _short(found.maximum)),
            ("norm", _short(found.norm)),
            ("near 0", f"{100 * found.near_zero:.1f} %"),
        ]
        if found.not_finite:
            pairs.insert(0, ("not finite", f"{found.not_finite:,}"))
        if rank is not None:
            pairs += [("rank", f"{rank.rank:,}"), ("stable", f"{rank.stable:.1f}")]
        lines += in_pairs(pairs, width)
    elif not node.path:
        lines += packed(about.tree.facts, width)
    else:
        lines += packed([node.kind, f"{node.parameters:,} parameters"], width)
    if node.path and not node.tied_to:
        lines.append(f"{part} of the model")
    elif node.tied_to:
        lines.append(f"the same numbers as {node.tied_to}")
    return [*lines, *(line.rstrip() for told in unit_lines(about) for line in fold(told, max(10, width)))]


def _short(value: float) -> str:
    """Three digits that matter, in eight columns."""
    return f"{value:.3g}" if value == 0 or abs(value) >= 1e-3 else f"{value:.1e}"


def in_pairs(pairs: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Names and values, as many pairs on a line as there is room for, in columns."""
    name = max(cell_len(one) for one, _ in pairs)
    value = max(_NUMBER, *(cell_len(one) for _, one in pairs))
    per_line = max(1, min(2, (width + 3) // (name + 1 + value + 3)))
    cells = [f"{one:<{name}} {told:>{value}}" for one, told in pairs]
    return ["   ".join(cells[at : at + per_line]) for at in range(0, len(cells), per_line)]


def unit_lines(about: About) -> list[str]:
    """How many hidden units are dead or saturated, where it is about them."""
    if not about.is_of_units:
        return []
    if about.units is None:
        return ["units are being counted …"]
    if isinstance(about.units, str):
        return [about.units]
    units = about.units if about.layer is None else about.units[about.layer : about.layer + 1]
    whole = sum(len(one.on) for one in units)
    dead, saturated = (sum(getattr(one, name) for one in units) for name in ("dead", "saturated"))
    on = sum(float(one.on.sum()) for one in units) / max(1, whole)
    return [
        f"units {whole:,}: {dead:,} dead, {saturated:,} saturated",
        f"a unit is on for {share(on)}",
        *(unit_bounds(*one.bounds) for one in units[:1]),
    ]


def histogram_lines(weight: Weight | None, way: Way, width: int, height: int) -> list[str]:
    """How many of the numbers lie where, from the smallest to the largest."""
    if weight is None or height < 2 or width < 12:
        return []
    counts, low, high = weight.counts, weight.edges[0], weight.edges[-1]
    spread = [counts[min(len(counts) - 1, column * len(counts) // width)] for column in range(width)]
    ends = [f"{low:.3g}", f"{high:.3g}"]
    line = [" "] * width
    if low < 0 < high:
        line[min(width - 1, round(-low / (high - low) * (width - 1)))] = "0"
    line[: len(ends[0])] = ends[0]
    line[width - len(ends[1]) :] = ends[1]
    return [*skyline(spread, width, height - 1, way), "".join(line)]


def past_lines(about: About, way: Way, width: int) -> list[str]:
    """The norm of a tensor, of its gradient, and of the whole gradient, over the snapshots of the run."""
    past, name = about.past, about.node.tensor
    if past is None or width < 16:
        return []
    if not past.steps:
        return ["The run kept no snapshot, so", "its past is not known."]
    shown = _thinned(len(past.steps), width - 2)
    here = next((at for at, place in enumerate(shown) if past.steps[place] == about.tree.step), None)
    lines = []
    for word, values in (
        ("norm", past.norms.get(name)),
        ("its gradient", past.gradients.get(name)),
        ("all gradients", past.whole if any(one is not None for one in past.whole) else None),
    ):
        if values is None:
            continue
        kept = [math.nan if (one := values[place]) is None else one for place in shown]
        now = kept[here if here is not None else -1]
        lines.append(f"{word:<13} {number(now) if math.isfinite(now) else '-':>{_NUMBER}}")
        lines.append(marked_sparkline(kept, here, ascii_only=way == "ascii"))
    if all(one is None for one in past.whole):
        lines.append("Its journal has no gradients.")
    mark = f"[ ] is step {about.tree.step:,}" if here is not None else ""
    ending = packed([*([mark] if mark else []), f"{len(past.steps)} snapshots"], width)
    if past.passed_over:
        ending += packed(["unreadable:", *(f"{step:,}" for step in past.passed_over)], width)
    if name and name not in past.gradients:
        ending.append("d: its own gradient too")
    return lines + ending


def _thinned(count: int, most: int) -> list[int]:
    """At most so many places of a row, evenly apart, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})
