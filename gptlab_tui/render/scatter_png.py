"""Panels of points as dots: what `scatter_svg` draws, with the fields of a film side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gptlab_tui.render.cells_png import MARGIN, cells_dots, paper, stacked
from gptlab_tui.render.film import PALETTE, field
from gptlab_tui.render.glyphs import WIDTH
from gptlab_tui.render.png import rgb
from gptlab_tui.render.scatter import Panel, legend


def scatter_dots(panels: Sequence[Panel], caption: Sequence[str], columns: int = 2) -> np.ndarray:
    """The panels in rows of `columns`, a legend of their classes, lines of caption: (height, width, 3)."""
    colours = np.array([rgb(colour) for colour in PALETTE], dtype=np.uint8)
    lines = [_abreast([colours[field(panel)] for panel in panels[at : at + columns]])
             for at in range(0, len(panels), columns)]  # fmt: skip
    whole = stacked(*lines)
    room = (whole.shape[1] - 2 * MARGIN) // WIDTH
    return stacked(whole, cells_dots(legend(panels[-1], room, "colour"), caption, room))


def _abreast(fields: Sequence[np.ndarray]) -> np.ndarray:
    """Side by side, with white above, between and around them."""
    gap = paper(fields[0].shape[0], MARGIN)
    line = np.hstack([gap, *(part for one in fields for part in (one, gap))])
    return stacked(paper(MARGIN, 1), line)
