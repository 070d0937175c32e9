"""A heat map as dots: what `heat_svg` draws, with the scale of its colours, as nothing can be pointed at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gptlab_tui.render.cells_png import MARGIN, PAPER, cells_dots, line_dots, paper, stacked
from gptlab_tui.render.glyphs import HEIGHT, WIDTH
from gptlab_tui.render.heat import FAINT, HIDDEN, RAMP, Scale, columns_of, legend, level, plain
from gptlab_tui.render.png import rgb

#: Dots that a map has a side, at most about; those of a weight where there are few of them, and around it.
_LARGEST, _SIDE, _GAP = 4096, HEIGHT, 10
#: From one line of what is hidden to the next.
_HATCH = 12


def heat_dots(
    weights: Sequence[Sequence[float]], labels: Sequence[str], caption: Sequence[str], scale: Scale = "sqrt"
) -> np.ndarray:
    """The map with its labels, then the scale and lines of caption: (height, width, 3) of uint8.

    `labels` are safe to show. Of many tokens weights and letters are smaller, and not all have a label.
    """
    side = max(1, min(_SIDE, _LARGEST // max(1, len(weights))))
    names = [_label(label, side) for label in labels]
    letters = all(columns_of(label) == 1 for label in labels)  # they can stand upright above their columns
    heads = names if letters else [np.rot90(name) for name in names]
    left = MARGIN + max((name.shape[1] for name in names), default=0) + _GAP
    top = MARGIN + max((len(head) for head in heads), default=0) + _GAP
    field = _field(weights, side, scale)
    picture = paper(top + len(field) + _GAP, left + len(field) + MARGIN)
    picture[top : top + len(field), left : left + len(field)] = field
    step = math.ceil(max((len(name) for name in names), default=1) / side)
    for place in range(0, len(names), step):
        name, head, middle = names[place], heads[place], place * side + side // 2
        _put(picture, name, top + middle - name.shape[0] // 2, left - _GAP - name.shape[1])
        _put(picture, head, top - _GAP - head.shape[0], left + middle - head.shape[1] // 2)
    steps = legend("colour", scale)[: -len(f" {HIDDEN['colour']} hidden")]
    told = cells_dots([steps], caption, (picture.shape[1] - 2 * MARGIN) // WIDTH)
    return stacked(picture, told)


def _put(picture: np.ndarray, part: np.ndarray, top: int, left: int) -> None:
    picture[top : top + part.shape[0], left : left + part.shape[1]] = part


def _label(label: str, side: int) -> np.ndarray:
    """Its letters, half as large where weights are small."""
    dots = line_dots(plain(label))
    return dots if side == _SIDE else dots[::2, ::2]


def _field(weights: Sequence[Sequence[float]], side: int, scale: Scale) -> np.ndarray:
    """A square for each weight; what is hidden is hatched."""
    colours = np.array([rgb(colour) for colour in (*RAMP, PAPER, FAINT)], dtype=np.uint8)
    hidden, hatch = len(RAMP), len(RAMP) + 1
    levels = np.full((len(weights), len(weights)), hidden, dtype=np.uint8)
    for row, line in enumerate(weights):
        levels[row, : row + 1] = [level(weight, len(RAMP), scale) for weight in line[: row + 1]]
    large = levels.repeat(side, axis=0).repeat(side, axis=1)
    places = np.arange(len(large), dtype=np.int32)
    large[(large == hidden) & ((places[:, None] + places) % _HATCH == 0)] = hatch
    return colours[large]
