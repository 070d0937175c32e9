"""Any drawing of cells as dots, for pictures that need no font: what `cells_svg` draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gptlab_tui.render.cells_svg import COLUMNS
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import broken
from gptlab_tui.render.glyphs import HEIGHT, WIDTH, mask
from gptlab_tui.render.heat import Cell, plain
from gptlab_tui.render.places import Mark
from gptlab_tui.render.png import rgb

#: White dots around a picture.
MARGIN = 12
INK, PAPER = "#000000", "#ffffff"
#: White dots between lines that are no map.
_APART = 4


def cells_dots(
    rows: Sequence[Sequence[Cell]],
    caption: Sequence[str] = (),
    columns: int = 0,
    *,
    apart: bool = False,
    marks: Sequence[Mark] = (),
) -> np.ndarray:
    """The drawing with its colours, and lines of caption below it: (height, width, 3) of uint8.

    With `apart` its lines do not touch, as sparklines of a table must not. A line of caption is broken
    where it is longer than the drawing, than so many columns, and than 80. Marks stand over the lines.
    """
    room = max([COLUMNS, columns, *map(len, rows)])
    told = [plain(part) for line in caption for part in broken(display(line), room)]
    field = _lines(rows, _APART if apart else 0)
    for mark in marks:
        top, left = mark.line * (HEIGHT + (_APART if apart else 0)), round(mark.column * WIDTH)
        field[top : top + HEIGHT, max(0, left - 1) : left + 1] = rgb(mark.colour)
    below = _lines(told, _APART)
    gap = paper(HEIGHT if rows and told else 0, 0)
    whole = stacked(field, gap, below)
    return np.pad(whole, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)


def _lines(lines: Sequence[Sequence[Cell]], apart: int) -> np.ndarray:
    """All lines, so many dots of white after each."""
    pitch = HEIGHT + apart
    picture = paper(pitch * len(lines), WIDTH * max((len(line) for line in lines), default=0))
    for number, line in enumerate(lines):
        if line:
            picture[number * pitch :][:HEIGHT, : WIDTH * len(line)] = line_dots(line)
    return picture


def line_dots(line: Sequence[Cell]) -> np.ndarray:
    """One line without anything around it: (HEIGHT, WIDTH times its cells, 3) of uint8."""
    masks = np.stack([mask(cell.glyph) for cell in line])[..., None]  # (cells, HEIGHT, WIDTH, 1)
    ink = _colours([cell.foreground or INK for cell in line])
    ground = _colours([cell.background or PAPER for cell in line])
    dots: np.ndarray = (ground + masks * (ink - ground)).round().astype(np.uint8)
    return dots.transpose(1, 0, 2, 3).reshape(HEIGHT, -1, 3)


def paper(height: int, width: int) -> np.ndarray:
    """Nothing but white."""
    return np.full((height, width, 3), 255, dtype=np.uint8)


def stacked(*pictures: np.ndarray) -> np.ndarray:
    """One below the other, those that are narrower with white at their right."""
    widest = max(picture.shape[1] for picture in pictures)
    return np.vstack(
        [np.hstack([picture, paper(picture.shape[0], widest - picture.shape[1])]) for picture in pictures]
    )


def _colours(colours: Sequence[str]) -> np.ndarray:
    """(cells, 1, 1, 3), to stand beside masks."""
    return np.array([rgb(colour) for colour in colours], dtype=np.float32)[:, None, None]
