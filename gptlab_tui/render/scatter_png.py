"""Panels of points as dots: what `scatter_svg` draws, with the fields of a film side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gptlab_tui.render.cells_png import MARGIN, cells_dots, paper, stacked
from gptlab_tui.render.cosine_map import RAMP, Map
from gptlab_tui.render.cosine_map import legend as cosine_legend
from gptlab_tui.render.display import display
from gptlab_tui.render.film import PALETTE, SIDE, field
from gptlab_tui.render.glyphs import WIDTH
from gptlab_tui.render.heat import label_of, plain
from gptlab_tui.render.png import rgb
from gptlab_tui.render.scatter import Panel, legend


def scatter_dots(
    panels: Sequence[Panel], caption: Sequence[str], columns: int = 2, table: Map | None = None
) -> np.ndarray:
    """The panels in rows of `columns`, a legend of their classes, a map of cosines, and lines of caption.

    (height, width, 3)
    """
    colours = np.array([rgb(colour) for colour in PALETTE], dtype=np.uint8)
    lines = [_abreast([colours[field(panel)] for panel in panels[at : at + columns]])
             for at in range(0, len(panels), columns)]  # fmt: skip
    whole = stacked(*lines)
    room = (whole.shape[1] - 2 * MARGIN) // WIDTH
    signs = legend(panels[-1], room, "colour")
    if table is None:
        return stacked(whole, cells_dots(signs, caption, room))
    return stacked(
        whole, cells_dots(signs), *_map(table), cells_dots([cosine_legend("colour")], caption, room)
    )


def _map(table: Map) -> Sequence[np.ndarray]:
    """Its title, and a square of colours as large as a panel, with white beside it."""
    levels = np.array(table.levels(), dtype=np.uint8)
    at = np.arange(SIDE) * len(levels) // SIDE
    square = np.array([rgb(colour) for colour in RAMP], dtype=np.uint8)[levels[np.ix_(at, at)]]
    ends = " to ".join(label_of(end) for end in table.ends)
    title = cells_dots([plain(f"{display(table.title)} ({display(ends)})")])
    return title, np.hstack([paper(SIDE, MARGIN), square])


def _abreast(fields: Sequence[np.ndarray]) -> np.ndarray:
    """Side by side, with white above, between and around them."""
    gap = paper(fields[0].shape[0], MARGIN)
    line = np.hstack([gap, *(part for one in fields for part in (one, gap))])
    return stacked(paper(MARGIN, 1), line)
