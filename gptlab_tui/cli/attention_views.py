"""How attention is told: one map, or every head of a layer abreast; links in words; pictures; JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gptlab_tui.cli.common import console, shown
from gptlab_tui.cli.inspect_common import (
    Pictures,
    columns_for,
    print_cells,
    say,
    way_of,
    which,
    which_json,
)

if TYPE_CHECKING:
    import numpy as np

    from gptlab_tui.insight.attention import Attention
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way

#: So many of the strongest links are told in words; of several maps so many of each.
LINKS, LINKS_OF_EACH = 8, 2
#: Columns that a map among several takes at least, and how many stand abreast at most.
NARROWEST, ABREAST = 24, 3
#: Columns of a picture of several, and of one of a row.
PICTURE, ROW = 120, 80

Scale = Literal["sqrt", "linear"]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is to be told of one model: maps of one layer."""

    opened: OpenModel
    seen: Attention
    layer: int
    """From 0."""
    heads: Sequence[int | None]
    """From 0, or None for the mean over the heads."""
    row: int | None
    """The one token whose row is told, from 0; None for all of them."""

    def matrix(self, head: int | None) -> np.ndarray:
        """One of the maps: (T, T)"""
        return self.seen.matrix(self.layer, head)


def to_json(view: View) -> dict[str, Any]:
    """All numbers of a view: of its one map, or of the mean over its heads and of each."""
    from gptlab_tui.insight.links import entropy_bits, strongest

    seen, several = view.seen, len(view.heads) > 1
    head = None if several else view.heads[0]
    matrix = view.matrix(head)
    spread = entropy_bits(seen.weights).mean(axis=-1)
    return {
        **which_json(view.opened),
        "layer": view.layer,
        "head": head,
        **({"row": view.row} if view.row is not None else {}),
        "tokens": len(seen.ids),
        "dropped": seen.dropped,
        "ids": list(seen.ids),
        "pieces": list(seen.pieces),
        "weights": _numbers(matrix),
        "entropy_bits": [float(bits) for bits in entropy_bits(matrix)],
        "links": [
            {
                "query": link.query,
                "key": link.key,
                "weight": link.weight,
                "words": link.words(seen.pieces),
            }
            for link in strongest(matrix, LINKS)
        ],
        "heads": [
            {
                "layer": row,
                "head": column,
                "entropy_bits": float(bits),
                **({"weights": _numbers(view.matrix(column))} if several and row == view.layer else {}),
            }
            for row, line in enumerate(spread)
            for column, bits in enumerate(line)
        ],
    }


def _numbers(matrix: np.ndarray) -> list[list[float]]:
    return [[float(weight) for weight in row] for row in matrix]


def caption(view: View, factor: int) -> list[str]:
    """What the maps are of, in lines; texts as they are."""
    config, dropped = view.opened.config.model, view.seen.dropped
    [head, *others] = view.heads
    heads = f"head {head} of 0-{config.n_head - 1}" if head is not None else f"mean of {config.n_head} heads"
    if others:
        heads = f"each of its {config.n_head} heads"
    lines = [
        f"{which(view.opened)}, layer {view.layer} of 0-{config.n_layer - 1}, {heads}",
    ]
    if view.row is None:
        lines.append("A row looks at the columns; later tokens are hidden from it (causal mask).")
    if factor > 1:
        lines.append(
            f"Each place is the largest of {factor} x {factor} weights; a label is the first of {factor}."
        )
    if dropped:
        tokens = len(view.seen.ids)
        lines.append(f"The context holds {tokens:,} tokens; the first {dropped:,} are left out.")
    return lines


def show(views: Sequence[View], scale: Scale, ascii_only: bool, width: int | None) -> None:
    """The maps of every model with their captions and strongest links, one model after the other."""
    from gptlab_tui.render import heat

    screen = console()
    way = way_of(screen, ascii_only)
    columns = width or screen.width
    for number, view in enumerate(views):
        if number:
            screen.print()
        if view.row is not None:
            say(*_row(view, way, columns_for(width)), "", *caption(view, 1))
            continue
        rows, factor = _maps(view, way, columns, scale)
        print_cells([*rows, [], heat.legend(way, scale)])
        say(*caption(view, factor), "", *_links(view, way))


def _row(view: View, way: Way, width: int) -> list[str]:
    """What one token looks at: what it is and how spread its look, then a bar for each token."""
    from gptlab_tui.insight.links import entropy_bits
    from gptlab_tui.render.attention_row import row_lines
    from gptlab_tui.render.heat import label_of

    assert view.row is not None
    matrix = view.matrix(view.heads[0])
    spread = float(entropy_bits(matrix)[view.row])
    most = math.log2(view.row + 1)
    label = label_of(view.seen.pieces[view.row], way)
    title = f"`{label}` ({view.row}) looks at: {spread:.2f} of {most:.2f} bits"
    return [title, *row_lines(matrix[view.row].tolist(), view.row, view.seen.pieces, way, width)]


def _maps(view: View, way: Way, width: int, scale: Scale) -> tuple[list[list[Cell]], int]:
    """The maps, several abreast under a line that names each, and how many tokens a place stands for.

    In ASCII they stand below each other where their numbers have no room abreast.
    """
    from gptlab_tui.insight.links import entropy_bits, pool
    from gptlab_tui.render import heat

    labels = [heat.label_of(piece, way) for piece in view.seen.pieces]
    several = len(view.heads) > 1
    most = width // NARROWEST if way != "ascii" else 1
    lines = math.ceil(len(view.heads) / max(1, min(len(view.heads), ABREAST, most)))
    abreast = math.ceil(len(view.heads) / lines)  # as many on each line: four are two and two
    layout = heat.plan(labels, way, (width - 2 * (abreast - 1)) // abreast)
    rows: list[list[Cell]] = []
    for first in range(0, len(view.heads), abreast):
        drawn = []
        for head in view.heads[first : first + abreast]:
            matrix = view.matrix(head)
            drawing = heat.draw(pool(matrix, layout.factor).tolist(), labels, layout, scale)
            if several:
                title = f"head {head}: {entropy_bits(matrix).mean():.2f} bits"
                drawing = [heat.plain(title), *drawing]
            drawn.append(drawing)
        if rows:
            rows.append([])
        rows += _beside(drawn, layout.width)
    return rows, layout.factor


def _beside(drawings: Sequence[Sequence[Sequence[Cell]]], width: int) -> list[list[Cell]]:
    """Drawings of one height side by side, two columns apart."""
    from gptlab_tui.render.heat import Cell

    rows = []
    for parts in zip(*drawings, strict=True):
        row: list[Cell] = []
        for place, part in enumerate(parts):
            row += [Cell(" ")] * (place * (width + 2) - len(row))
            row += part
        rows.append(row)
    return rows


def _links(view: View, way: Way) -> list[str]:
    """The strongest links of each map in words."""
    from gptlab_tui.insight.links import strongest
    from gptlab_tui.render.heat import label_of

    labels = [label_of(piece, way) for piece in view.seen.pieces]
    arrow = "->" if way == "ascii" else "→"
    several = len(view.heads) > 1
    lines = []
    for head in view.heads:
        found = [
            f"{link.words(labels)}  ({link.query} {arrow} {link.key})"
            for link in strongest(view.matrix(head), LINKS_OF_EACH if several else LINKS)
        ]
        lines += [f"head {head}: {'; '.join(found) or 'no link stands out'}"] if several else found
    return lines


def save(pictures: Pictures, views: Sequence[View], scale: Scale) -> None:
    """The same as pictures, one map of one model never pooled; raises JobFailed where none can be written."""
    from gptlab_tui.insight.links import strongest
    from gptlab_tui.render import heat
    from gptlab_tui.render.heat_png import heat_dots
    from gptlab_tui.render.heat_svg import heat_svg

    [view, *others] = views
    if view.row is not None:
        said = [line for one in views for line in (*_row(one, "grey", ROW), "", *caption(one, 1), "")]
        pictures.cells([heat.plain(shown(line)) for line in said])
        return
    if not others and len(view.heads) == 1:
        labels = [heat.label_of(piece) for piece in view.seen.pieces]
        matrix = view.matrix(view.heads[0])
        lines = [*caption(view, 1), *(link.words(labels) for link in strongest(matrix, LINKS))]
        told = (matrix.tolist(), labels, lines, scale)
        pictures.save(lambda: heat_svg(*told), lambda: heat_dots(*told))
        return
    rows: list[list[Cell]] = []
    for view in views:
        drawn, factor = _maps(view, "colour", PICTURE, scale)
        lines = [*caption(view, factor), *_links(view, "colour")]
        rows += [*drawn, [], *map(heat.plain, map(shown, lines)), []]
    pictures.cells(rows)
